#include <sim/examples/snapshot.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <sim/engine/check.hpp>
#include <sim/history/history.hpp>
#include <sim/history/linearizability.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

struct Counts {
  int sent = 0;
  int received = 0;

  friend auto operator<=>(const Counts&, const Counts&) = default;
};

std::string text_of(const Counts& counts) {
  return fmt::format("{} sent, {} received", counts.sent, counts.received);
}

/// Counts messages.
///
/// The bug: snapshot() reads one counter and then the other. If a message is counted as sent and
/// received in between, the snapshot shows it as received but not sent. No counter is ever wrong,
/// and later snapshots are right: only the history shows the bug.
///
/// The fix: snapshot() reads both counters until they have not changed. It is from Afek, Attiya,
/// Dolev, Gafni, Merritt, Shavit, "Atomic snapshots of shared memory" (JACM 1993), without the part
/// that helps readers which meet a change each time.
class Counters {
 public:
  explicit Counters(bool collects_twice) : collects_twice_(collects_twice) {}

  void count_sent() { sent_.fetch_add(1); }
  void count_received() { received_.fetch_add(1); }

  Counts snapshot() {
    Counts counts = collect();
    if (!collects_twice_) return counts;
    for (;;) {
      const Counts again = collect();
      if (again == counts) return counts;
      counts = again;
    }
  }

 private:
  Counts collect() {
    const int sent = sent_.load();
    return {sent, received_.load()};
  }

  bool collects_twice_;
  atomic<int> sent_{0, "sent"};
  atomic<int> received_{0, "received"};
};

/// What the counters do if their calls come one after the other.
struct CountersModel {
  enum class Op : std::uint8_t { count_sent, count_received, snapshot };
  using State = Counts;
  using Result = std::optional<Counts>;  ///< empty unless the call is a snapshot

  [[nodiscard]] State initial() const { return {}; }
  Result apply(State& counts, Op op) const {
    if (op == Op::snapshot) return counts;
    ++(op == Op::count_sent ? counts.sent : counts.received);
    return std::nullopt;
  }
  [[nodiscard]] std::string describe(Op op, const Result* result) const {
    if (op == Op::count_sent) return "count sent";
    if (op == Op::count_received) return "count received";
    return result == nullptr ? "snapshot" : "snapshot: " + text_of(result->value());
  }
  [[nodiscard]] std::string describe_state(const Counts& counts) const { return text_of(counts); }
};

using Op = CountersModel::Op;

void count_and_read(int messages, std::uint32_t readers, bool collects_twice) {
  Counters counters{collects_twice};
  HistoryRecorder<Op, CountersModel::Result> recorder;
  std::vector<thread> threads;
  threads.emplace_back([&] {
    describe_task([] { return std::string{"counts"}; });
    const auto nothing = [](auto count) {
      return [count] {
        count();
        return CountersModel::Result{};
      };
    };
    for (int message = 0; message < messages; ++message) {
      recorder.call(1, Op::count_sent, nothing([&] { counters.count_sent(); }));
      recorder.call(1, Op::count_received, nothing([&] { counters.count_received(); }));
    }
  });
  for (std::uint32_t client = 2; client < readers + 2; ++client) {
    threads.emplace_back([&, client] {
      describe_task([] { return std::string{"takes a snapshot"}; });
      recorder.call(client, Op::snapshot, [&] {
        const Counts counts = counters.snapshot();
        mark("sees", [&] { return text_of(counts); });
        return CountersModel::Result{counts};
      });
    });
  }
  for (thread& task : threads) task.join();
  expect_linearizable(recorder.history(), CountersModel{});
}

Scenario scenario(const char* name, const char* summary, bool collects_twice) {
  return {name,
          summary,
          !collects_twice,
          {{"messages", 1, 1, 100, "messages that are sent and received"},
           {"readers", 1, 1, 8, "tasks that take a snapshot"}},
          [collects_twice](const Arguments& arguments) {
            const auto messages = static_cast<int>(arguments.at("messages"));
            const auto readers = static_cast<std::uint32_t>(arguments.at("readers"));
            return Program{{}, {}, [=] { count_and_read(messages, readers, collects_twice); }};
          }};
}

}  // namespace

void add_snapshot(Registry& registry) {
  registry.add(
      scenario("example/snapshot", "a snapshot of two counters that is not linearizable", false));
  registry.add(scenario("example/snapshot-fixed",
                        "a snapshot of two counters that reads until nothing changes", true));
}

}  // namespace sim
