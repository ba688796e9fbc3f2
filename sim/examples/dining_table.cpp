#include <sim/examples/dining_table.hpp>

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/engine/check.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// A round table with a fork between each two places. A philosopher with a seat takes the fork on
/// the left, then the fork on the right.
///
/// The bug: if everybody has a seat, all may take the fork on their left. Each then waits for the
/// fork of a neighbour.
///
/// The fix: one seat less. One philosopher at the table then has a neighbour without a fork.
class Table {
 public:
  Table(std::size_t places, std::size_t seats)
      : seats_{static_cast<std::ptrdiff_t>(seats), "seats"} {
    for (std::size_t i = 0; i < places; ++i) forks_.emplace_back(Name{"fork", i});
  }

  void dine(std::size_t place) {
    seats_.acquire();
    {
      const std::lock_guard left{forks_[place]};
      const std::lock_guard right{forks_[(place + 1) % forks_.size()]};
      mark("eats", [] { return std::string{}; });
    }
    seats_.release();
  }

 private:
  counting_semaphore<> seats_;
  std::deque<mutex> forks_;  // a deque, because a mutex cannot be moved
};

void have_dinner(std::size_t n, std::size_t seats) {
  Table table{n, seats};
  std::vector<thread> philosophers;
  for (std::size_t i = 0; i < n; ++i) {
    philosophers.emplace_back([&table, i] {
      describe_task([i] { return fmt::format("philosopher {}", i); });
      table.dine(i);
    });
  }
  for (thread& philosopher : philosophers) philosopher.join();
}

Scenario scenario(const char* name, const char* summary, bool one_seat_less) {
  return {name,
          summary,
          !one_seat_less,
          {{"n", 3, 2, 16, "philosophers"}},
          [one_seat_less](const Arguments& arguments) {
            const auto n = static_cast<std::size_t>(arguments.at("n"));
            const std::size_t seats = one_seat_less ? n - 1 : n;
            return Program{{}, {}, [n, seats] { have_dinner(n, seats); }};
          }};
}

}  // namespace

void add_dining_table(Registry& registry) {
  registry.add(scenario("example/dining-table",
                        "dining philosophers at a table that seats them all: a deadlock", false));
  registry.add(scenario("example/dining-table-fixed",
                        "dining philosophers with one seat less than there are places", true));
}

}  // namespace sim
