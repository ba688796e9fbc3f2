// Tests that shrinking finds failures with the fewest preemptions, tasks and steps.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/diagnose/fair_strategy.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/scenario.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/random.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::Program;
using sim::ScheduleSize;
using sim::Shrunk;

/// The first failing execution of a random walk.
std::vector<sim::TraceEntry> random_failure(const Program& program, std::uint64_t seed) {
  sim::RandomStrategy strategy{seed};
  sim::Prober prober{{}};
  const auto fails = [](const sim::Engine& engine) { return engine.outcome().failed(); };
  sim::Probe probe = prober.search(program, strategy, fails);
  EXPECT_TRUE(probe.found);
  return probe.trace;
}

Shrunk shrunk(const Program& program, const std::vector<sim::TraceEntry>& trace,
              std::uint64_t steps_max = 20'000'000) {
  sim::ProbeOptions options;
  options.steps_max = steps_max;
  sim::Prober prober{options};
  return sim::shrink(program, trace, prober);
}

/// A program of several tasks with several steps each, two of which lose an update.
Program lost_update_among(std::uint32_t tasks, std::uint32_t steps) {
  return {"lost-update", {}, [=] {
            sim::atomic<int> x{0, "x"};
            sim::atomic<int> noise{0, "noise"};
            std::vector<std::unique_ptr<sim::thread>> all;
            for (std::uint32_t i = 0; i < tasks; ++i) {
              all.push_back(std::make_unique<sim::thread>([&, i] {
                for (std::uint32_t n = 0; n < steps; ++n) noise.fetch_add(1);
                if (i >= 2) return;
                const int seen = x.load();
                x.store(seen + 1);
                if (i == 1) SIM_ASSERT(x.load() != 1);
              }));
            }
            for (const auto& task : all) task->join();
          }};
}

TEST(Shrink, EndsAtTwoTasksAndOnePreemptionForEverySeed) {
  const Program program = lost_update_among(4, 5);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto trace = random_failure(program, seed);
    const Shrunk found = shrunk(program, trace);
    // Either the task is preempted after its load, or in the other order its load comes after a
    // store that it overwrites.
    EXPECT_LE(found.after.preemptions, 1U) << seed;
    EXPECT_EQ(found.after.tasks, 2U - (found.after.preemptions == 0 ? 1U : 0U)) << seed;
    EXPECT_EQ(found.before, sim::size_of(trace));
    EXPECT_EQ(found.recording.outcome.kind, sim::OutcomeKind::assertion);
    EXPECT_TRUE(found.fewest);
  }
}

TEST(Shrink, KeepsTheFailureThatItWasGiven) {
  // Another failure, at another place, needs no preemption.
  const Program program{"two-failures", {}, [] {
                          sim::atomic<int> x{0, "x"};
                          sim::thread a{[&] {
                            const int seen = x.load();
                            x.store(seen + 1);
                          }};
                          sim::thread b{[&] {
                            const int seen = x.load();
                            x.store(seen + 1);
                          }};
                          a.join();
                          b.join();
                          SIM_EXPECT(x.peek() == 2);
                          SIM_ASSERT(x.peek() < 2);
                        }};
  sim::ExhaustiveStrategy strategy;
  sim::Prober prober{{}};
  const auto lost = [](const sim::Engine& engine) { return engine.trace().preemptions() > 1; };
  const sim::Probe probe = prober.search(program, strategy, lost);
  ASSERT_TRUE(probe.found);
  const Shrunk found = shrunk(program, probe.trace);
  EXPECT_EQ(found.after, (ScheduleSize{1, 2, 4}));
  EXPECT_EQ(found.recording.outcome.summary(), "assertion \"x.peek() == 2\"");
}

TEST(Shrink, GivesWhatReplaysToTheSameFailure) {
  const Program program = lost_update_among(3, 20);
  const Shrunk found = shrunk(program, random_failure(program, 7));
  sim::Prober prober{{}};
  const sim::Recording again = prober.record(found.program, found.trace);
  EXPECT_EQ(again.outcome.summary(), found.recording.outcome.summary());
  EXPECT_EQ(again.steps(), found.after.steps);
}

TEST(Shrink, IsTheSameForTheSameInput) {
  const Program program = lost_update_among(5, 9);
  const auto trace = random_failure(program, 3);
  const Shrunk one = shrunk(program, trace);
  const Shrunk other = shrunk(program, trace);
  EXPECT_EQ(one.trace, other.trace);
  EXPECT_EQ(one.executions, other.executions);
}

TEST(Shrink, TakesContextSwitchesOutOfALongWalk) {
  // More executions than a search by preemptions could run.
  const Program program = lost_update_among(8, 200);
  const auto trace = random_failure(program, 11);
  ASSERT_GT(sim::size_of(trace).preemptions, 500U);
  const Shrunk found = shrunk(program, trace, 5'000'000);
  EXPECT_LE(found.after.preemptions, 1U);
  EXPECT_LE(found.after.tasks, 2U);
}

TEST(Shrink, StopsAtItsBudgetWithWhatItHas) {
  const Program program = lost_update_among(8, 50);
  const auto trace = random_failure(program, 11);
  const Shrunk found = shrunk(program, trace, 3'000);
  EXPECT_FALSE(found.exhaustive);
  EXPECT_FALSE(found.fewest);
  EXPECT_LE(found.after, found.before);
  EXPECT_EQ(found.recording.outcome.kind, sim::OutcomeKind::assertion);
}

TEST(Shrink, DoesNotClaimTheFewestWhereSomeWereNotRun) {
  // This failure needs two preemptions: b must come between a's first and second step, and a's
  // third step after it.
  const Program program{"two-needed", {}, [] {
                          sim::atomic<int> x{0, "x"};
                          sim::atomic<int> y{0, "y"};
                          sim::thread a{[&] {
                            x.store(1);
                            x.store(2);
                            SIM_ASSERT(y.load() != 1);
                          }};
                          sim::thread b{[&] {
                            if (x.load() != 1) return;
                            y.store(1);
                            y.store(2);
                          }};
                          a.join();
                          b.join();
                        }};
  const Shrunk found = shrunk(program, random_failure(program, 5));
  EXPECT_EQ(found.after.preemptions, 2U);
  EXPECT_TRUE(found.fewest);
  // This limit is less than the number of executions with one preemption.
  const Shrunk hasty = shrunk(program, found.trace, 20);
  EXPECT_EQ(hasty.after.preemptions, 2U);
  EXPECT_FALSE(hasty.fewest);
}

TEST(Shrink, KeepsChoicesOfTheTestsOwn) {
  const Program program{"chooses", {}, [] {
                          sim::atomic<int> x{0, "x"};
                          sim::thread a{[&] { x.store(static_cast<int>(sim::choose(4))); }};
                          sim::thread b{[&] { x.fetch_add(10); }};
                          a.join();
                          b.join();
                          SIM_EXPECT(x.peek() != 13);
                        }};
  const Shrunk found = shrunk(program, random_failure(program, 1));
  EXPECT_EQ(found.after, (ScheduleSize{0, 2, 2}));
  EXPECT_EQ(found.recording.outcome.kind, sim::OutcomeKind::assertion);
}

TEST(Shrink, SurvivesCrashes) {
  const Program program{"crashes", {}, [] {
                          sim::atomic<int> x{0, "x"};
                          sim::atomic<int> noise{0, "noise"};
                          sim::thread a{[&] {
                            for (int i = 0; i < 5; ++i) noise.fetch_add(1);
                            x.store(1);
                            x.store(0);
                          }};
                          sim::thread b{[&] {
                            for (int i = 0; i < 5; ++i) noise.fetch_add(1);
                            if (x.load() == 1) std::abort();
                          }};
                          sim::thread c{[&] { noise.fetch_add(1); }};
                          a.join();
                          b.join();
                          c.join();
                        }};
  sim::RandomStrategy strategy{2};
  sim::Prober prober{{}};
  sim::Target crash;
  crash.kind = sim::OutcomeKind::crash;
  crash.crash = {sim::CrashCause::How::signal, SIGABRT};
  crash.last.kind = sim::OperationKind::load;
  crash.last.object = sim::object_id(sim::kMainTask, 1);
  const sim::Probe probe = prober.search(program, strategy, crash);
  ASSERT_TRUE(probe.found);
  const Shrunk found = shrunk(program, probe.trace, 200'000);
  EXPECT_EQ(found.after.preemptions, 1U);
  EXPECT_EQ(found.after.tasks, 2U);
  EXPECT_EQ(found.recording.outcome.summary(), "crash SIGABRT in task 2");
}

TEST(Shrink, TakesASmallerProgramThatFailsSo) {
  sim::Registry registry;
  registry.add({"test/lost",
                "",
                true,
                {{"tasks", 5, 1, 9, "tasks"}, {"steps", 3, 0, 9, "steps"}},
                [](const sim::Arguments& arguments) {
                  return lost_update_among(static_cast<std::uint32_t>(arguments.at("tasks")),
                                           static_cast<std::uint32_t>(arguments.at("steps")));
                }});
  const auto program = std::get<Program>(registry.make("test/lost"));
  const auto trace = random_failure(program, 4);
  const Shrunk found = shrunk(program, trace);
  EXPECT_TRUE(found.smaller);
  EXPECT_THAT(found.program.name, testing::EndsWith(",steps=0"));
  const Shrunk again = shrunk(found.program, found.trace);
  EXPECT_FALSE(again.smaller) << "it is the smallest";
}

/// The first failing execution of a search of all interleavings.
std::vector<sim::TraceEntry> first_failure(const Program& program) {
  sim::ExhaustiveStrategy strategy;
  sim::Prober prober{{}};
  const auto fails = [](const sim::Engine& engine) { return engine.outcome().failed(); };
  sim::Probe probe = prober.search(program, strategy, fails);
  EXPECT_TRUE(probe.found);
  return probe.trace;
}

Program made(const sim::Registry& registry, const char* spec) {
  return std::get<Program>(registry.make(spec));
}

TEST(Shrink, DoesNotTakeAnotherDeadlockOfASmallerProgram) {
  sim::Registry registry;
  registry.add({"test/permits", "", true, {{"permits", 2, 0, 5, ""}}, [](const auto& arguments) {
                  const auto permits = static_cast<std::ptrdiff_t>(arguments.at("permits"));
                  return Program{"", {}, [permits] {
                                   sim::counting_semaphore<9> seats{permits, "seats"};
                                   sim::mutex m{"m"};
                                   sim::mutex n{"n"};
                                   const auto eat = [&](sim::mutex& first, sim::mutex& second) {
                                     seats.acquire();
                                     const std::lock_guard one{first};
                                     const std::lock_guard two{second};
                                     seats.release();
                                   };
                                   sim::thread a{[&] { eat(m, n); }};
                                   sim::thread b{[&] { eat(n, m); }};
                                   a.join();
                                   b.join();
                                 }};
                }});
  const Program program = made(registry, "test/permits");
  const Shrunk found = shrunk(program, first_failure(program));
  EXPECT_FALSE(found.smaller) << "with one permit nothing fails, with none everything does";
  EXPECT_THAT(found.recording.outcome.message(), testing::HasSubstr("waits to lock m"));
}

TEST(Shrink, DoesNotTakeASmallerProgramThatNeedsMorePreemptions) {
  sim::Registry registry;
  registry.add({"test/more", "", true, {{"n", 2, 1, 2, ""}}, [](const auto& arguments) {
                  const bool resets = arguments.at("n") == 1;
                  return Program{"", {}, [resets] {
                                   sim::atomic<int> x{0, "x"};
                                   sim::thread a{[&] {
                                     x.store(1);
                                     if (resets) x.store(0);
                                   }};
                                   sim::thread b{[&] { SIM_ASSERT(x.load() != 1); }};
                                   a.join();
                                   b.join();
                                 }};
                }});
  const Program program = made(registry, "test/more");
  const Shrunk found = shrunk(program, first_failure(program));
  EXPECT_FALSE(found.smaller);
  EXPECT_EQ(found.after, (ScheduleSize{0, 2, 2}));
}

TEST(Shrink, DoesNotTakeWhatFailsOnlyAfterOtherExecutionsInTheProcess) {
  // The program fails because of a race, and because of data that it keeps from one execution to
  // the next.
  static int kept = 0;
  const Program program{"keeps", {}, [] {
                          sim::atomic<int> x{0, "x"};
                          const auto increment = [&] {
                            const int seen = x.load();
                            x.store(seen + 1);
                          };
                          sim::thread a{increment};
                          sim::thread b{increment};
                          sim::thread c{[&] { static_cast<void>(x.load()); }};
                          a.join();
                          b.join();
                          c.join();
                          const bool fails = x.peek() != 2 || ++kept > 5;
                          SIM_EXPECT(!fails);
                        }};
  const auto trace = first_failure(program);
  const Shrunk found = shrunk(program, trace);
  // The shrunk program fails when it runs alone.
  sim::Prober prober{{}};
  const sim::Recording again = prober.record(found.program, found.trace);
  EXPECT_EQ(again.outcome.summary(), "assertion \"!fails\"");
  EXPECT_FALSE(found.fewest && found.after.preemptions > 1);
}

TEST(Shrink, CutsAnEndlessLoopAfterAFewPasses) {
  const Program program{"spins", {}, [] {
                          sim::atomic<bool> ready{false, "ready"};
                          sim::thread a{[&] {
                            while (!ready.load()) {
                            }
                          }};
                          a.join();
                        }};
  sim::ProbeOptions options;
  options.engine.steps_max = 50;
  sim::Prober prober{options};
  sim::ExhaustiveStrategy strategy;
  const auto fails = [](const sim::Engine& engine) { return engine.outcome().failed(); };
  const sim::Probe probe = prober.search(program, strategy, fails);
  ASSERT_TRUE(probe.found);
  const Shrunk found = sim::shrink(program, probe.trace, prober);
  EXPECT_EQ(found.recording.steps(), 8U);
  EXPECT_EQ(found.recording.outcome.kind, sim::OutcomeKind::step_bound);
}

// One task looks at x twice in a row, which is no loop. The failing executions are those in which
// both looks come before x is written.
TEST(Shrink, ALivelockInWhichATaskLooksTwice) {
  const sim::Program program{"program", {}, [] {
                               sim::atomic<int> x{0, "x"};
                               sim::atomic<int> done{0, "done"};
                               sim::atomic<int> noise{0, "noise"};
                               const auto looks = [&] {
                                 noise.fetch_add(1);
                                 const bool first = x.load() == 0;
                                 const bool second = x.load() == 0;
                                 if (!first || !second) done.store(1);
                               };
                               const auto waits = [&] {
                                 noise.fetch_add(1);
                                 noise.fetch_add(1);
                                 x.store(1);
                                 while (done.load() == 0) {
                                 }
                               };
                               sim::thread a{looks};
                               sim::thread b{waits};
                               a.join();
                               b.join();
                             }};
  sim::ProbeOptions options;
  options.engine.steps_max = 300;
  sim::Prober prober{options};
  sim::RandomStrategy random{1};
  const sim::Probe probe = prober.search(program, random, [](const sim::Engine& engine) {
    return engine.outcome().kind == sim::OutcomeKind::step_bound &&
           engine.trace().preemptions() > 1;
  });
  ASSERT_TRUE(probe.found);
  const sim::Shrunk shrunk = sim::shrink(program, probe.trace, prober);
  EXPECT_EQ(shrunk.after.preemptions, 0U);
}

TEST(Shrink, CutsWhatOtherTasksDoAfterADeadlock) {
  const Program program{"polls", {}, [] {
                          sim::mutex mutex{"mutex"};
                          sim::atomic<bool> stop{false, "stop"};
                          mutex.lock();
                          sim::thread waits{[&] { mutex.lock(); }};
                          sim::thread polls{[&] {
                            while (!stop.load()) {
                            }
                          }};
                          waits.join();
                          polls.join();
                        }};
  sim::ProbeOptions options;
  options.engine.steps_max = 20;
  const sim::test::Execution found = sim::test::run(program.body, {}, options.engine);
  ASSERT_EQ(found.outcome.kind, sim::OutcomeKind::deadlock);
  ASSERT_EQ(found.recording.steps(), 20U);
  // The first step, which locks the mutex, is the last one of a task of the deadlock.
  EXPECT_EQ(sim::end_of_deadlock(found.recording), 1U);
  sim::Prober prober{options};
  const Shrunk shrunk = sim::shrink(program, found.recording.trace(), prober);
  EXPECT_EQ(shrunk.recording.outcome.kind, sim::OutcomeKind::deadlock);
  EXPECT_EQ(shrunk.recording.steps(), 1U);
}

TEST(Prober, IsSpentAfterItsDeadline) {
  using namespace std::chrono_literals;
  sim::ProbeOptions options;
  EXPECT_FALSE(sim::Prober{options}.is_spent());
  options.deadline = std::chrono::steady_clock::now() + 24h;
  EXPECT_FALSE(sim::Prober{options}.is_spent());
  options.deadline = std::chrono::steady_clock::now() - 24h;
  EXPECT_TRUE(sim::Prober{options}.is_spent());
}

/// Takes the last alternative of each choice, and notes how many there were.
class LastAlternative final : public sim::Strategy {
 public:
  sim::SearchStatus begin_execution() override { return sim::SearchStatus::running; }
  std::uint32_t choose(const sim::ChoicePoint& point) override {
    offered.push_back(point.alternatives);
    return point.alternatives - 1;
  }
  std::vector<std::uint32_t> offered;
};

TEST(FairStrategy, OffersATaskThatRepeatsItselfOnlyAfterAnotherHasWritten) {
  const sim::Body body = [] {
    sim::atomic<int> x{0, "x"};
    sim::thread writes{[&] { x.store(1); }};
    sim::thread looks{[&] {
      while (x.load() == 0) {
      }
    }};
    writes.join();
    looks.join();
  };
  LastAlternative last;
  sim::FairStrategy fair{last};
  sim::Engine engine;
  for (int execution = 0; execution < 2; ++execution) {
    last.offered.clear();
    run_once(engine, body, fair);
    EXPECT_FALSE(engine.outcome().failed());
    // The task that looks is taken, then held back, and free again after the store.
    EXPECT_THAT(last.offered, testing::ElementsAre(2, 1, 1)) << "execution " << execution;
  }
}

}  // namespace
