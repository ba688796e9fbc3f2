// Tests of FollowStrategy, which takes a schedule as an order of the steps that it lists.

#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/text_format.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace {

using sim::Body;
using testing::ElementsAre;
using testing::IsEmpty;

struct Followed {
  std::vector<std::string> steps;
  sim::Replayed replayed;
};

/// Follows the steps of a schedule file.
Followed follow(const Body& body, const std::string& lines) {
  const auto parsed = sim::parse_schedule("racelab schedule 1\nreplay follow\n" + lines + "end\n");
  EXPECT_EQ(parsed.index(), 0U);
  const auto& schedule = std::get<sim::Schedule>(parsed);
  EXPECT_EQ(schedule.mode, sim::ReplayMode::follow);
  sim::ReplayOptions options;
  options.mode = schedule.mode;
  Followed followed;
  followed.replayed = sim::replay({"program", {}, body}, schedule, options);
  for (const sim::RecordedEvent& event : followed.replayed.recording.events) {
    const std::string& task = followed.replayed.recording.tasks[event.task].name;
    followed.steps.push_back(task + " " + event.label + " " + event.text);
  }
  return followed;
}

template <class A, class B>
void run_both(const A& one, const B& other) {
  sim::thread a{one};
  sim::thread b{other};
  a.join();
  b.join();
}

void load_and_store() {
  sim::atomic<int> x{0, "x"};
  const auto increment = [&] {
    const int seen = x.load();
    x.store(seen + 1);
  };
  run_both(increment, increment);
}

TEST(Follow, MakesTheListedStepsInTheirOrder) {
  const Followed found = follow(load_and_store, "2 load x\n1 load x\n2 store x\n1 store x\n");
  EXPECT_THAT(found.steps, ElementsAre("2 load x", "1 load x", "2 store x", "1 store x"));
  EXPECT_THAT(found.replayed.put_off, IsEmpty());
  EXPECT_THAT(found.replayed.left_out, IsEmpty());
  EXPECT_EQ(found.replayed.unlisted, 0U);
  EXPECT_EQ(found.replayed.beyond, 0U);
}

TEST(Follow, AStepThatIsNotListedRunsWithTheNextOneOfItsTask) {
  const Followed found = follow(load_and_store, "2 load x\n1 store x\n2 store x\n");
  EXPECT_THAT(found.steps, ElementsAre("2 load x", "1 load x", "1 store x", "2 store x"));
  EXPECT_EQ(found.replayed.unlisted, 1U);
}

TEST(Follow, WhatIsBehindTheLastListedStepRunsOn) {
  const Followed found = follow(load_and_store, "2 load x\n");
  EXPECT_THAT(found.steps, ElementsAre("2 load x", "2 store x", "1 load x", "1 store x"));
  EXPECT_EQ(found.replayed.beyond, 3U);
}

TEST(Follow, AStepWhoseTaskHasToWaitIsPutOff) {
  const Body locked = [] {
    sim::mutex mutex{"mutex"};
    sim::atomic<int> x{0, "x"};
    const auto increment = [&] {
      const std::lock_guard lock{mutex};
      const int seen = x.load();
      x.store(seen + 1);
    };
    run_both(increment, increment);
  };
  const Followed found = follow(locked, "1 load x\n2 load x\n1 store x\n2 store x\n");
  EXPECT_THAT(found.steps, ElementsAre("1 lock mutex", "1 load x", "1 store x", "1 unlock mutex",
                                       "2 lock mutex", "2 load x", "2 store x", "2 unlock mutex"));
  EXPECT_THAT(found.replayed.put_off, ElementsAre(1U));
  EXPECT_THAT(found.replayed.left_out, IsEmpty());
  EXPECT_FALSE(found.replayed.recording.outcome.failed());
}

TEST(Follow, AStepThatItsTaskPassesOverIsLeftOut) {
  const Followed found =
      follow(load_and_store, "1 load x\n1 fetch_add x\n2 load x\n1 store x\n2 store x\n");
  EXPECT_THAT(found.steps, ElementsAre("1 load x", "2 load x", "1 store x", "2 store x"));
  EXPECT_THAT(found.replayed.left_out, ElementsAre(1U));
}

TEST(Follow, TasksAndObjectsThatAreNotThereAreLeftOut) {
  const Followed found = follow(load_and_store, "7 load x\n1 load gone\n2.1 lock m\n2 load x\n");
  EXPECT_THAT(found.replayed.left_out, ElementsAre(0U, 1U, 2U));
  EXPECT_FALSE(found.replayed.recording.outcome.failed());
}

TEST(Follow, ChoicesAreThoseThatAreListed) {
  const Body chooses = [] {
    sim::atomic<int> x{0, "x"};
    run_both([&] { x.store(static_cast<int>(sim::choose(3))); }, [&] { x.store(7); });
    SIM_EXPECT(x.peek() != 2);
  };
  EXPECT_TRUE(follow(chooses, "2 store x\nchoice 1 value -> 2\n1 store x\n")
                  .replayed.recording.outcome.failed());
  // A listed step that is not possible any more is made as if it were not listed.
  EXPECT_FALSE(follow(chooses, "2 store x\nchoice 1 value -> 5\n1 store x\n")
                   .replayed.recording.outcome.failed());
}

TEST(Follow, ATaskThatWaitsInALoopDoesNotKeepTheOthersFromGoingOn) {
  const Body spins = [] {
    sim::atomic<bool> ready{false, "ready"};
    sim::atomic<int> x{0, "x"};
    run_both(
        [&] {
          while (!ready.load()) {
          }
          x.store(1);
        },
        [&] {
          x.store(2);
          ready.store(true);
        });
  };
  const Followed found = follow(spins, "1 store x\n2 store x\n");
  EXPECT_FALSE(found.replayed.recording.outcome.failed());
  EXPECT_THAT(found.replayed.put_off, testing::Not(IsEmpty()));
}

}  // namespace
