// The example of docs/history.md.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sim/explorer.hpp>
#include <sim/history/history.hpp>
#include <sim/history/linearizability.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

/// What a ticket machine does if its calls come one after the other.
struct TicketModel {
  enum class Op { take };
  using State = int;   // the number of tickets given out
  using Result = int;  // the number on the ticket

  State initial() const { return 0; }
  Result apply(State& given_out, Op) const { return ++given_out; }
  std::string describe(Op, const Result* number) const {
    return number == nullptr ? "take" : fmt::format("take: {}", *number);
  }
  std::string describe_state(State given_out) const {
    return fmt::format("{} given out", given_out);
  }
};
using TicketRecorder = sim::HistoryRecorder<TicketModel::Op, TicketModel::Result>;

TEST(TicketMachine, IsLinearizable) {
  std::atomic<int> given_out{0};
  TicketRecorder recorder;
  std::vector<std::thread> clients;
  for (std::uint32_t client = 1; client <= 4; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < 250; ++i) {
        recorder.call(client, TicketModel::Op::take, [&] { return ++given_out; });
      }
    });
  }
  for (std::thread& client : clients) client.join();
  sim::expect_linearizable(recorder.history(), TicketModel{});
}

/// Each client fetches the numbers of ten tickets at once. No number is ever given out twice.
void take_from_blocks() {
  sim::atomic<int> blocks{0, "blocks"};
  TicketRecorder recorder;
  const auto client = [&](std::uint32_t number) {
    return [&, number] {
      recorder.call(number, TicketModel::Op::take, [&] { return 10 * blocks.fetch_add(1) + 1; });
    };
  };
  sim::thread one{client(1)};
  sim::thread two{client(2)};
  one.join();
  two.join();
  sim::expect_linearizable(recorder.history(), TicketModel{});
}

TEST(TicketMachine, ThatHandsOutBlocksIsNot) {
  sim::DporStrategy strategy;
  const sim::Exploration found = sim::explore(sim::Program{{}, {}, take_from_blocks}, strategy, {});
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].recording.outcome.message(),
            "not linearizable: no order explains client 2's take: 11; with 1 given out the "
            "model answers take: 2");
}

}  // namespace
