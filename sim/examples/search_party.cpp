#include <sim/examples/search_party.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/barrier.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// Tasks that search for something in rounds, and meet at a barrier after each round. The first
/// task finds it in the first round.
///
/// The bug: a task that sees that it was found leaves. A task that runs late sees this before it
/// arrives at the barrier of the same round, where the others then wait for it forever.
///
/// The fix: a task that leaves drops out of the barrier.
void search(std::size_t tasks, bool says_goodbye) {
  constexpr int kRounds = 2;
  atomic<bool> found{false, "found"};
  barrier<> round_end{static_cast<std::ptrdiff_t>(tasks), {}, "round.end"};

  std::vector<thread> party;
  for (std::size_t i = 0; i < tasks; ++i) {
    party.emplace_back([&, i] {
      describe_task([i] { return std::string{i == 0 ? "searches where it is" : "searches"}; });
      for (int r = 0; r < kRounds && !found.load(); ++r) {
        if (i == 0) found.store(true);
        round_end.arrive_and_wait();
      }
      if (says_goodbye) round_end.arrive_and_drop();
      mark("goes", [] { return std::string{"home"}; });
    });
  }
  for (thread& searcher : party) searcher.join();
}

Scenario scenario(const char* name, const char* summary, bool says_goodbye) {
  return {name,
          summary,
          !says_goodbye,
          {{"n", 2, 2, 16, "tasks that search"}},
          [says_goodbye](const Arguments& arguments) {
            const auto n = static_cast<std::size_t>(arguments.at("n"));
            return Program{{}, {}, [n, says_goodbye] { search(n, says_goodbye); }};
          }};
}

}  // namespace

void add_search_party(Registry& registry) {
  registry.add(scenario("example/search-party",
                        "tasks that meet at a barrier until one goes home early: a deadlock",
                        false));
  registry.add(scenario("example/search-party-fixed",
                        "tasks that drop out of the barrier when they go home", true));
}

}  // namespace sim
