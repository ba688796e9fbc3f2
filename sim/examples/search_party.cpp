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

/// Tasks that search together in rounds, and meet after each; the first of them finds it in its
/// first round.
///
/// The bug: whoever sees that it was found goes home. One that is late sees it in the same round,
/// and the others wait for it at the barrier for ever.
///
/// The fix: who leaves tells the barrier so.
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
                        "tasks that meet at a barrier, until one goes home early: deadlock",
                        false));
  registry.add(scenario("example/search-party-fixed",
                        "the same, where who goes home drops out of the barrier", true));
}

}  // namespace sim
