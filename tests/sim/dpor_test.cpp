// Tests of optimal DPOR: what counts as a different trace, and which executions must never be
// missed.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/invariant.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/random_program.hpp>
#include <tests/sim/run.hpp>

namespace {

using testing::HasSubstr;

struct Found {
  std::uint64_t executions = 0;
  std::set<std::string> traces;
  std::map<std::string, std::uint64_t> outcomes;
};

template <class Strategy>
Found run_all(const sim::Body& body) {
  sim::EngineOptions options = sim::test::kGoOn;
  options.record_order = true;
  sim::Engine engine{options};
  Strategy strategy;
  sim::Executions executions{engine, body, strategy};
  Found found;
  for (std::optional<sim::Recorder> recorder; executions.next(&recorder.emplace());) {
    const sim::Outcome& outcome = engine.outcome();
    ++found.executions;
    found.traces.insert(sim::test::trace_text(engine));
    ++found.outcomes[outcome.summary()];
  }
  EXPECT_EQ(executions.status(), sim::SearchStatus::exhausted);
  return found;
}

/// Runs the traces of `body`. Expects `traces` of them, each once, and the same traces as in all
/// interleavings. Returns how often each outcome occurred.
std::map<std::string, std::uint64_t> traces_of(const sim::Body& body, std::uint64_t traces) {
  const Found found = run_all<sim::DporStrategy>(body);
  const Found all = run_all<sim::ExhaustiveStrategy>(body);
  EXPECT_EQ(found.executions, traces);
  EXPECT_EQ(found.traces.size(), traces) << "some were run twice";
  EXPECT_EQ(found.traces, all.traces);
  std::set<std::string> outcomes;
  for (const auto& [outcome, count] : found.outcomes) outcomes.insert(outcome);
  for (const auto& [outcome, count] : all.outcomes) EXPECT_EQ(outcomes.count(outcome), 1U);
  return found.outcomes;
}

TEST(Dpor, IndependentStepsHaveOneOrder) {
  traces_of(
      [] {
        sim::atomic<int> x{0};
        sim::atomic<int> y{0};
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] { y.store(1); }};
        a.join();
        b.join();
      },
      1);
}

TEST(Dpor, AFailedCompareExchangeIsARead) {
  // The traces differ in who is first. The two others fail, and their order makes no difference.
  traces_of(
      [] {
        sim::atomic<int> place{0};
        const auto take = [&] {
          int free = 0;
          place.compare_exchange_strong(free, 1);
        };
        sim::thread a{take};
        sim::thread b{take};
        sim::thread c{take};
        a.join();
        b.join();
        c.join();
      },
      3);
}

TEST(Dpor, TellsFailuresOfCompareExchangeApartByWhatTheyWouldFindEarlier) {
  // After the store, b's exchange succeeds and c's fails. Before it both fail, in one order only.
  traces_of(
      [] {
        sim::atomic<int> x{0};
        const auto exchange = [&](int expected) {
          x.compare_exchange_strong(expected, expected + 1);
        };
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] { exchange(1); }};
        sim::thread c{[&] {
          exchange(1);
          x.load();
        }};
        a.join();
        b.join();
        c.join();
      },
      8);
}

TEST(Dpor, ComparesPointersAsTheyAre) {
  // Neither pointer is null, so their values are equal in a trace.
  int one = 0;
  int two = 0;
  traces_of(
      [&] {
        sim::atomic<int*> x{&one};
        const auto exchange = [&] {
          int* expected = &two;
          x.compare_exchange_strong(expected, nullptr);
        };
        sim::thread a{[&] { x.store(&two); }};
        sim::thread b{exchange};
        sim::thread c{exchange};
        a.join();
        b.join();
        c.join();
      },
      5);
}

TEST(Dpor, AFailedTryLockIsARead) {
  // The mutex is held by a or by one of the two, or neither has tried yet.
  traces_of(
      [] {
        sim::mutex m;
        const auto attempt = [&] { m.try_lock(); };
        sim::thread a{[&] {
          m.lock();
          m.unlock();
        }};
        sim::thread b{attempt};
        a.join();
        b.join();
      },
      3);
}

TEST(Dpor, TriesEveryAnswerToAChoice) {
  const auto outcomes = traces_of(
      [] {
        sim::atomic<std::uint32_t> x{0};
        sim::thread a{[&] { x.store(1 + sim::choose(3)); }};
        sim::thread b{[&] {
          if (x.load() == 3) x.store(10 + sim::choose(2));
        }};
        a.join();
        b.join();
        SIM_EXPECT(x.peek() != 11);
      },
      // The store comes after the load or before it. In each case there are three values, one of
      // which leads to two more.
      3 + 4);
  EXPECT_EQ(outcomes.at("assertion \"x.peek() != 11\""), 1U);
}

TEST(Dpor, AChoiceBeforeTheFirstStepIsOneToo) {
  traces_of(
      [] {
        sim::atomic<std::uint32_t> x{sim::choose(2)};
        sim::thread a{[&, first = sim::choose(2)] { x.store(first); }};
        sim::thread b{[&] { x.load(); }};
        a.join();
        b.join();
      },
      8);
}

TEST(Dpor, FindsTheDeadlockWhoeverLocksFirst) {
  const auto outcomes = traces_of(
      [] {
        sim::mutex m{"m"};
        sim::mutex n{"n"};
        const auto lock_both = [](sim::mutex& first, sim::mutex& second) {
          first.lock();
          second.lock();
          second.unlock();
          first.unlock();
        };
        sim::thread a{[&] { lock_both(m, n); }};
        sim::thread b{[&] { lock_both(n, m); }};
        a.join();
        b.join();
      },
      3);
  EXPECT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes.at("passed"), 2U);
}

TEST(Dpor, ReversesALockThatWasNeverHad) {
  // If a comes first, b's lock waits without end, so b's lock is not in those traces.
  traces_of(
      [] {
        sim::mutex m;
        sim::atomic<int> x{0};
        sim::thread a{[&] { m.lock(); }};
        sim::thread b{[&] {
          x.load();
          m.lock();
          x.load();
        }};
        sim::thread c{[&] { x.store(1); }};
        a.join();
        b.join();
        c.join();
      },
      5);
}

TEST(Dpor, MissesNoViolationOfAnInvariantOverTwoObjects) {
  // The stores are independent, so one order of them would represent both. The invariant is
  // violated between them in one order only.
  const auto outcomes = traces_of(
      [] {
        sim::atomic<int> x{0, "x"};
        sim::atomic<int> y{0, "y"};
        const sim::Invariant invariant{
            "y is not ahead of x", {x.id(), y.id()}, [&] { return y.peek() <= x.peek(); }};
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] { y.store(1); }};
        a.join();
        b.join();
      },
      2);
  EXPECT_EQ(outcomes.at("passed"), 1U);
  EXPECT_EQ(outcomes.at("invariant \"y is not ahead of x\""), 1U);
}

TEST(Dpor, ReadsOfCoupledObjectsStillCommute) {
  traces_of(
      [] {
        sim::atomic<int> x{0};
        sim::atomic<int> y{0};
        const sim::Invariant invariant{
            "fits", {x.id(), y.id()}, [&] { return y.peek() + x.peek() < 9; }};
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] { y.load(); }};
        sim::thread c{[&] { x.load(); }};
        a.join();
        b.join();
        c.join();
      },
      2);
}

TEST(Dpor, TellsTasksApartByWhoMadeThem) {
  // The traces differ in which of the inner tasks is made first and therefore has the lower TaskId.
  traces_of(
      [] {
        sim::atomic<int> x{0};
        sim::atomic<int> y{0};
        const auto outer = [&](sim::atomic<int>& mine) {
          mine.load();
          sim::thread inner{[&] { x.fetch_add(1); }};
          inner.join();
        };
        sim::thread a{[&] { outer(y); }};
        sim::thread b{[&] { outer(x); }};
        sim::thread c{[&] { y.store(1); }};
        a.join();
        b.join();
        c.join();
      },
      6);
}

TEST(Dpor, ReversesAStepOfATaskThatThenHasAnotherId) {
  // In the first execution a makes its inner task before b does, and then b's inner task stores
  // what a has loaded. If that store comes before the load, b's inner task is made first.
  traces_of(
      [] {
        sim::atomic<int> x{0};
        sim::atomic<int> y{0};
        sim::atomic<int> z{0};
        sim::thread a{[&] {
          x.load();
          sim::thread inner{[&] { y.store(1); }};
          inner.join();
        }};
        sim::thread b{[&] {
          z.store(1);
          sim::thread inner{[&] { x.store(1); }};
          inner.join();
        }};
        a.join();
        b.join();
      },
      2);
}

TEST(Dpor, AnAssertionEndsItsTaskOnly) {
  const auto outcomes = traces_of(
      [] {
        sim::atomic<int> x{0};
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] {
          SIM_ASSERT(x.load() == 0);
          x.store(2);
        }};
        a.join();
        b.join();
      },
      3);
  EXPECT_EQ(outcomes.at("assertion \"x.load() == 0\""), 1U);
}

TEST(Dpor, ReversesALockAndAFailedUnlock) {
  const auto outcomes = traces_of(
      [] {
        sim::mutex m;
        sim::thread a{[&] { m.unlock(); }};
        sim::thread b{[&] {
          m.lock();
          m.unlock();
        }};
        a.join();
        b.join();
      },
      3);
  EXPECT_EQ(outcomes.at("misuse \"unlock of a mutex that another task holds\""), 1U);
}

TEST(Dpor, ReversesALockAndAWriteThatOneInvariantReads) {
  const auto outcomes = traces_of(
      [] {
        sim::mutex m;
        sim::atomic<int> x{0};
        int plain = 0;
        const sim::Invariant invariant{
            "plain is not ahead", {m.id(), x.id()}, [&] { return plain <= x.peek(); }};
        sim::thread a{[&] { x.store(1); }};
        sim::thread b{[&] {
          m.lock();
          plain = 1;
          m.unlock();
        }};
        a.join();
        b.join();
      },
      3);
  EXPECT_EQ(outcomes.at("invariant \"plain is not ahead\""), 2U);
}

TEST(Dpor, KeepsLittleOfManyLocksOfOneMutex) {
  // Each lock is reversed with the lock before it only. If it were reversed with all locks before
  // it, the branches would grow with the square of their number.
  const sim::Program program{"lockers", {}, [] {
                               sim::mutex m;
                               std::vector<sim::thread> tasks;
                               for (int task = 0; task < 3; ++task) {
                                 tasks.emplace_back([&] {
                                   for (int i = 0; i < 100; ++i) {
                                     m.lock();
                                     m.unlock();
                                   }
                                 });
                               }
                               for (sim::thread& task : tasks) task.join();
                             }};
  sim::DporStrategy strategy;
  sim::ExploreOptions options;
  options.executions_max = 200;
  EXPECT_EQ(sim::explore(program, strategy, options).executions, 200U);
  EXPECT_LE(strategy.branch_bytes_max(), 600U * 20);
}

TEST(Dpor, DoesNotExploreInvariantsThatComeAndGo) {
  const auto reason = [](const sim::Body& body) {
    sim::DporStrategy strategy;
    return sim::explore({"passing", {}, body}, strategy, {}).reason;
  };
  EXPECT_EQ(reason([] {
              sim::atomic<int> x{0};
              sim::thread a{[&] { x.store(1); }};
              {
                const sim::Invariant invariant{"fits", {x.id()}, [&] { return x.peek() < 2; }};
                x.load();
              }
              a.join();
            }),
            sim::StopReason::unsupported);
}

TEST(Dpor, FindsEachFailureThatComesFirstInSomeExecution) {
  // a fails in every trace. b's first failure does not depend on a's, and comes first in some
  // interleavings. So does b's second failure, if its first one did not happen.
  const sim::Program program{"two", {}, [] {
                               sim::atomic<int> x{0, "x"};
                               sim::atomic<int> y{0, "y"};
                               sim::thread a{[&] {
                                 y.load();
                                 SIM_EXPECT(y.peek() == 1 && "a");
                               }};
                               sim::thread b{[&] {
                                 SIM_EXPECT(x.load() == 0 && "b");
                                 SIM_EXPECT(y.peek() == 1 && "behind b, or alone");
                               }};
                               sim::thread c{[&] { x.store(1); }};
                               a.join();
                               b.join();
                               c.join();
                             }};
  const auto groups = [&](sim::Strategy& strategy) {
    sim::ExploreOptions options;
    options.all = true;
    const sim::Exploration found = sim::explore(program, strategy, options);
    EXPECT_TRUE(found.complete);
    std::set<std::string> summaries;
    for (const sim::FailureGroup& group : found.groups) {
      summaries.insert(group.recording.outcome.summary());
    }
    return summaries;
  };
  sim::DporStrategy dpor;
  sim::ExhaustiveStrategy exhaustive;
  const std::set<std::string> found = groups(dpor);
  EXPECT_EQ(found, groups(exhaustive));
  EXPECT_EQ(found.size(), 3U);
}

TEST(Dpor, FindsAFailureThatComesTwiceInATraceOnceBehindAnother) {
  // a's second unlock fails after its first one. b's unlock fails in the same way, independently.
  const sim::Program program{"twice", {}, [] {
                               sim::mutex m;
                               sim::mutex n;
                               const auto misuse = [](sim::mutex& mutex) { mutex.unlock(); };
                               sim::thread a{[&] {
                                 misuse(m);
                                 misuse(n);
                               }};
                               sim::thread b{[&] { misuse(n); }};
                               sim::thread c{[&] { n.lock(); }};
                               a.join();
                               b.join();
                               c.join();
                             }};
  sim::DporStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  EXPECT_EQ(sim::explore(program, strategy, options).groups.size(), 2U);
}

TEST(Dpor, ClaimsNothingWhereAnExecutionWasCutBehindAFailure) {
  const sim::Program program{"cut", {}, [] {
                               sim::atomic<int> x{0};
                               sim::thread a{[&] {
                                 SIM_EXPECT(x.load() == 1);
                                 // The counter stays on the stack, so the loop does not spin.
                                 volatile int rounds = 0;
                                 while (x.load() == 0) rounds = rounds + 1;
                               }};
                               sim::thread b{[&] { x.store(1); }};
                               a.join();
                               b.join();
                             }};
  sim::DporStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  options.engine.steps_max = 100;
  options.executions_max = 3;
  const sim::Exploration found = sim::explore(program, strategy, options);
  EXPECT_GE(found.truncated, 1U);
  EXPECT_FALSE(found.complete);
}

TEST(Dpor, ExploresWhatYields) {
  const sim::Program program{"spin", {}, [] {
                               sim::atomic<int> x{0};
                               sim::thread a{[&] {
                                 while (x.load() == 0) sim::yield();
                               }};
                               sim::thread b{[&] { x.store(1); }};
                               a.join();
                               b.join();
                             }};
  sim::DporStrategy strategy;
  const sim::Exploration found = sim::explore(program, strategy, {});
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, 2U);
}

TEST(Dpor, SaysWhereAnInvariantNamesNothing) {
  const sim::Program program{"open", {}, [] {
                               sim::atomic<int> x{0};
                               const sim::Invariant invariant{"fits", {}, [] { return true; }};
                               sim::thread a{[&] { x.store(1); }};
                               sim::thread b{[&] { x.store(2); }};
                               a.join();
                               b.join();
                             }};
  sim::DporStrategy strategy;
  EXPECT_TRUE(sim::explore(program, strategy, {}).open_invariants);
}

TEST(Dpor, RefusesAProgramThatDoesSomethingElseEachTime) {
  int runs = 0;
  const sim::Program program{"odd", {}, [&runs] {
                               const bool odd = ++runs % 2 == 1;
                               sim::atomic<int> x{0};
                               sim::atomic<int> y{0};
                               const auto touch = [&] { odd ? x.store(1) : y.store(1); };
                               sim::thread a{[&] {
                                 x.store(1);
                                 touch();
                               }};
                               sim::thread b{[&] {
                                 touch();
                                 x.store(2);
                               }};
                               a.join();
                               b.join();
                             }};
  sim::DporStrategy strategy;
  EXPECT_EQ(sim::explore(program, strategy, {}).reason, sim::StopReason::nondeterminism);
}

TEST(Dpor, IsNotHeldUpByWhatDoesNotConflict) {
  // 20 tasks of 300 steps and the end of an object each, two of which access a common object once,
  // at their ends.
  const sim::Program program{"long", {}, [] {
                               sim::atomic<int> shared{0};
                               std::vector<sim::thread> tasks;
                               for (int i = 0; i < 20; ++i) {
                                 tasks.emplace_back([&, i] {
                                   sim::atomic<int> own{0};
                                   for (int step = 0; step < 300; ++step) own.fetch_add(1);
                                   if (i < 2) shared.fetch_add(1);
                                 });
                               }
                               for (sim::thread& task : tasks) task.join();
                             }};
  sim::DporStrategy strategy;
  const sim::Exploration found = sim::explore(program, strategy, {});
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, 2U);
  EXPECT_EQ(found.max_depth, 6022U);
}

}  // namespace
