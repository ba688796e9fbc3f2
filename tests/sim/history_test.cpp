// Tests of the histories that are recorded from real threads and from simulated tasks.

#include <sim/history/history.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/engine/engine.hpp>
#include <sim/explorer.hpp>
#include <sim/history/linearizability.hpp>
#include <sim/report/timeline.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/var.hpp>

#include <tests/sim/history_models.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::QueueModel;
using sim::test::RegisterModel;
using sim::test::run;
using testing::HasSubstr;
using R = RegisterModel;
using Recorder = sim::HistoryRecorder<R::Op, R::Result>;

TEST(HistoryRecorder, NumbersInvocationsAndResponsesInOneOrder) {
  Recorder recorder;
  const sim::CallId write = recorder.invoke(1, R::write(5));
  const sim::CallId read = recorder.invoke(2, R::read());
  recorder.respond(read, 0);
  recorder.respond(write, 5);
  recorder.invoke(3, R::read());
  const auto calls = recorder.history().calls;
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].client, 1U);
  EXPECT_EQ(calls[0].op, R::write(5));
  EXPECT_EQ(calls[0].invoked, 0U);
  EXPECT_EQ(calls[0].response.value().at, 3U);
  EXPECT_EQ(calls[1].invoked, 1U);
  EXPECT_EQ(calls[1].response.value().at, 2U);
  EXPECT_EQ(calls[1].response.value().result, 0);
  EXPECT_EQ(calls[2].invoked, 4U);
  EXPECT_FALSE(calls[2].response.has_value());
}

TEST(HistoryRecorder, RefusesASecondResponse) {
  Recorder recorder;
  const sim::CallId call = recorder.invoke(1, R::read());
  recorder.respond(call, 0);
  EXPECT_THROW(recorder.respond(call, 1), sim::UsageError);
  EXPECT_EQ(recorder.history().calls[0].response.value().result, 0);
}

TEST(HistoryRecorder, ACallThatThrowsHasNoResponse) {
  Recorder recorder;
  const auto lost = []() -> int { throw std::runtime_error("connection lost"); };
  EXPECT_THROW(recorder.call(1, R::write(1), lost), std::runtime_error);
  EXPECT_EQ(recorder.call(2, R::read(), [] { return 7; }), 7);
  const auto calls = recorder.history().calls;
  EXPECT_FALSE(calls[0].response.has_value());
  EXPECT_EQ(calls[1].response.value().result, 7);
}

/// A queue under one lock.
class LockedQueue {
 public:
  QueueModel::Result call(const QueueModel::Op& op) {
    const std::lock_guard lock{mutex_};
    return QueueModel{}.apply(queue_, op);
  }

 private:
  std::mutex mutex_;
  std::deque<int> queue_;
};

TEST(HistoryRecorder, RecordsRealThreads) {
  constexpr int kCalls = 500;
  LockedQueue queue;
  sim::HistoryRecorder<QueueModel::Op, QueueModel::Result> recorder;
  std::vector<std::thread> threads;
  for (std::uint32_t client = 0; client < 4; ++client) {
    threads.emplace_back([&, client] {
      for (int i = 0; i < kCalls; ++i) {
        const auto op = i % 2 == 0 ? QueueModel::push(static_cast<int>(client) * kCalls + i)
                                   : QueueModel::pop();
        recorder.call(client, op, [&] { return queue.call(op); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(recorder.history().calls.size(), 4U * kCalls);
  EXPECT_NO_THROW(sim::expect_linearizable(recorder.history(), QueueModel{}));
}

TEST(ExpectLinearizable, ThrowsTheWholeReportOutsideAnExecution) {
  Recorder recorder;
  recorder.call(1, R::read(), [] { return 3; });
  try {
    sim::expect_linearizable(recorder.history(), R{});
    FAIL() << "it did not throw";
  } catch (const sim::NotLinearizable& error) {
    EXPECT_THAT(error.what(), HasSubstr("not linearizable: no order explains client 1's read 3\n"));
    EXPECT_THAT(error.what(),
                HasSubstr("possible at this point\n        value 0: the model answers read 0\n"));
  }
}

TEST(ExpectLinearizable, FailsWhereALimitLeavesItUnknown) {
  Recorder recorder;
  recorder.call(1, R::read(), [] { return 0; });
  const sim::CheckLimits none{.configurations_max = 0};
  EXPECT_THROW(sim::expect_linearizable(recorder.history(), R{}, none), sim::NotLinearizable);
  const auto execution = run([&] {
    Recorder inside;
    inside.call(1, R::read(), [] { return 0; });
    sim::expect_linearizable(inside.history(), R{}, none);
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::assertion);
  EXPECT_THAT(execution.outcome.message(),
              HasSubstr("not known whether the history is linearizable"));
}

// ---------------------------------------------------------------------------------------------
// Simulated

/// One client writes its own copy of a register, another one reads its own copy, so they share no
/// object. The history is linearizable unless the write has returned before the read is invoked.
void copies_that_are_never_brought_together() {
  Recorder recorder;
  sim::atomic<int> first{0, "first"};
  sim::atomic<int> second{0, "second"};
  sim::thread writer{[&] {
    recorder.call(1, R::write(1), [&] {
      first.store(1);
      return 1;
    });
  }};
  sim::thread reader{[&] { recorder.call(2, R::read(), [&] { return second.load(); }); }};
  writer.join();
  reader.join();
  sim::expect_linearizable(recorder.history(), R{});
}

TEST(SimulatedHistory, ItsEventsAreSteps) {
  const auto execution = run(copies_that_are_never_brought_together);
  EXPECT_THAT(
      execution.steps(),
      testing::ElementsAre("1 invoke history = 0", "1 store first = 1", "1 respond history = 1",
                           "2 invoke history = 1", "2 load second = 0", "2 respond history = 2"));
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::assertion);
  EXPECT_EQ(execution.outcome.message(),
            "not linearizable: no order explains client 2's read 0; with value 1 the model "
            "answers read 1");
}

TEST(SimulatedHistory, ShowsItsCallsInTheTimeline) {
  const sim::Program program{"program", {}, copies_that_are_never_brought_together};
  sim::DporStrategy strategy;
  const sim::Exploration found = sim::explore(program, strategy, {});
  ASSERT_FALSE(found.groups.empty());
  const std::string text = sim::timeline(found.groups[0].recording);
  EXPECT_THAT(text, HasSubstr("invoke write 1"));
  EXPECT_THAT(text, HasSubstr("respond read 0"));
  EXPECT_THAT(text, testing::Not(HasSubstr("history")));
}

template <class Strategy>
sim::Exploration explore_all(const sim::Body& body) {
  Strategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  return sim::explore(sim::Program{{}, {}, body}, strategy, options);
}

TEST(SimulatedHistory, SearchByTracesFindsWhatOnlyTimeTells) {
  const auto all = explore_all<sim::ExhaustiveStrategy>(copies_that_are_never_brought_together);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.executions, 20U);  // 3 steps and 3 steps: 6! / (3! 3!)
  EXPECT_EQ(all.failures, 1U);
  const auto traces = explore_all<sim::DporStrategy>(copies_that_are_never_brought_together);
  EXPECT_TRUE(traces.complete);
  // The responses come in either order; one of them may come before the other's invocation.
  EXPECT_EQ(traces.executions, 4U);
  EXPECT_EQ(traces.failures, 1U);
  EXPECT_EQ(traces.groups.size(), 1U);
}

/// The precedence orders of calls in all executions that a search runs.
template <class Strategy>
std::set<std::set<std::string>> all_precedences() {
  std::set<std::set<std::string>> all;
  explore_all<Strategy>([&] {
    Recorder recorder;
    const auto calls = [&](std::uint32_t client, int count) {
      return sim::thread{[&recorder, client, count] {
        for (int i = 0; i < count; ++i) {
          recorder.call(client, R::write(i), [&] { return i; });
        }
      }};
    };
    std::vector<sim::thread> clients;
    clients.push_back(calls(1, 2));
    clients.push_back(calls(2, 1));
    clients.push_back(calls(3, 1));
    for (sim::thread& client : clients) client.join();
    std::set<std::string> precedences;
    const auto name = [](const auto& call) {
      return std::to_string(call.client) + "." + std::to_string(*call.op.written);
    };
    const auto history = recorder.history();
    for (const auto& a : history.calls) {
      for (const auto& b : history.calls) {
        if (a.response->at < b.invoked) precedences.insert(name(a) + " " + name(b));
      }
    }
    all.insert(precedences);
  });
  return all;
}

TEST(SimulatedHistory, SearchByTracesMeetsEachOrderOfTheCalls) {
  const auto met = all_precedences<sim::DporStrategy>();
  EXPECT_EQ(met, all_precedences<sim::ExhaustiveStrategy>());
  EXPECT_GT(met.size(), 10U);
}

TEST(SimulatedHistory, HidesNoDataRace) {
  const auto found = explore_all<sim::DporStrategy>([] {
    Recorder recorder;
    sim::var<int> value{0, "value"};
    const auto writes = [&](std::uint32_t client) {
      return [&recorder, &value, client] {
        recorder.call(client, R::write(1), [&] {
          value.write() = 1;
          return 1;
        });
      };
    };
    sim::thread one{writes(1)};
    sim::thread two{writes(2)};
    one.join();
    two.join();
  });
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.failures, found.executions);
  ASSERT_FALSE(found.groups.empty());
  EXPECT_EQ(found.groups[0].recording.outcome.kind, sim::OutcomeKind::data_race);
}

}  // namespace
