// Tests that sim::var reports each data race, and nothing else, in whichever order the accesses
// run. ThreadSanitizer checks the same small programs in tests/sim/thread_sanitizer_test.cpp.

#include <cstdint>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/race_programs.hpp>
#include <tests/sim/run.hpp>
#include <tests/sim/sim_world.hpp>

namespace {

using sim::test::run;
using sim::test::run_all;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class RacePrograms : public testing::TestWithParam<race::Named> {};

}  // namespace

namespace race {
void PrintTo(const Named& program, std::ostream* out) {
  *out << program.name;
}
}  // namespace race

namespace {

TEST_P(RacePrograms, RaceInEveryInterleavingOrInNone) {
  const auto all = run_all(GetParam().run);
  EXPECT_GT(all.executions, 0U);
  EXPECT_EQ(all.failures, GetParam().races ? all.executions : 0U);
  for (const auto& [outcome, count] : all.outcomes) {
    EXPECT_THAT(outcome, GetParam().races ? HasSubstr("data-race on ") : HasSubstr("passed"));
  }
}

INSTANTIATE_TEST_SUITE_P(All, RacePrograms,
                         testing::ValuesIn(race::Programs<sim::test::SimWorld>::all()),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Var, ARaceNamesTheObjectBothTasksAndBothPlaces) {
  const auto execution = run([] {
    sim::var<int> x{0, "x"};
    sim::thread one{[&] { x.write() = 1; }};
    sim::thread two{[&] { static_cast<void>(x.read()); }};
    one.join();
    two.join();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::data_race);
  EXPECT_THAT(execution.outcome.message(),
              MatchesRegex("on x: task 1 writes it at var_test.cpp:[0-9]+; task 2 reads it at "
                           "var_test.cpp:[0-9]+; nothing orders the two"));
  EXPECT_THAT(execution.outcome.place(), MatchesRegex("var_test.cpp:[0-9]+"));
  EXPECT_EQ(execution.outcome.task, sim::task_at(2));
}

TEST(Var, AnAccessIsNoStepUnlessItIsAskedToBe) {
  const auto body = [](sim::AccessPoints points) {
    return [points] {
      sim::var<int> x{0, "x", points};
      sim::thread one{[&] { x = 1; }};
      one.join();
      SIM_EXPECT(x.read() == 1);
    };
  };
  // The recording still shows the access.
  const auto without = run(body(sim::AccessPoints::none));
  EXPECT_THAT(without.steps(), ElementsAre("1 writes x", "0 reads x"));
  EXPECT_EQ(sim::Trace{without.trace}.steps(), 0U);
  EXPECT_THAT(run(body(sim::AccessPoints::each)).steps(), ElementsAre("1 write x", "0 read x = 1"));
}

TEST(Var, WithPointsShowsWhatComesOfARace) {
  sim::EngineOptions go_on = sim::test::kGoOn;
  std::set<int> results;
  run_all(
      [&] {
        sim::var<int> x{0, "x", sim::AccessPoints::each};
        const auto add = [&] {
          const int found = x.read();
          x = found + 1;
        };
        sim::thread one{add};
        sim::thread two{add};
        one.join();
        two.join();
        results.insert(x.peek());
      },
      go_on);
  EXPECT_THAT(results, ElementsAre(1, 2));
}

TEST(Var, IsReportedOnceForEachVariable) {
  sim::Engine engine{sim::test::kGoOn};
  sim::test::InOrder order{{}};
  run_once(
      engine,
      [] {
        sim::var<int> x{0, "x"};
        sim::var<int> y{0, "y"};
        const auto write = [&] {
          x = 1;
          y = 1;
          x = 2;
        };
        sim::thread one{write};
        sim::thread two{write};
        one.join();
        two.join();
      },
      order);
  EXPECT_EQ(engine.failures().size(), 2U);
}

TEST(Var, ToDestroyItIsAWrite) {
  const auto execution = run([] {
    auto x = std::make_unique<sim::var<int>>();
    sim::atomic<bool> done{false};
    sim::thread reader{[&] {
      static_cast<void>(x->read());
      done.store(true, sim::memory_order_relaxed);
    }};
    sim::await(
        done, [](bool is) { return is; }, sim::memory_order_relaxed);
    x.reset();
    reader.join();
  });
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::data_race);
  EXPECT_THAT(execution.outcome.message(), HasSubstr("; task 0 destroys it, made at "));
}

TEST(Var, OneOfATaskThatHasEndedIsOrderedByItsJoin) {
  const auto all = run_all([] {
    sim::var<int> x;
    for (int i = 0; i < 3; ++i) {
      sim::thread task{[&] { ++x.write(); }};
      task.join();
    }
    SIM_EXPECT(x.read() == 3);
  });
  EXPECT_EQ(all.failures, 0U);
}

TEST(Var, FencesOrderWhatRelaxedOperationsPassOn) {
  const auto pass = [](bool release, bool acquire) {
    return run_all([=] {
      sim::var<int> x;
      sim::atomic<bool> flag{false};
      sim::thread one{[&] {
        x = 1;
        if (release) sim::atomic_thread_fence(sim::memory_order_release);
        flag.store(true, sim::memory_order_relaxed);
      }};
      sim::thread two{[&] {
        sim::await(
            flag, [](bool is) { return is; }, sim::memory_order_relaxed);
        if (acquire) sim::atomic_thread_fence(sim::memory_order_acquire);
        static_cast<void>(x.read());
      }};
      one.join();
      two.join();
    });
  };
  EXPECT_EQ(pass(true, true).failures, 0U);
  for (const auto& all : {pass(false, true), pass(true, false), pass(false, false)}) {
    EXPECT_EQ(all.failures, all.executions);
  }
}

TEST(Var, AnAccessBehindTheFenceIsNotReleasedByIt) {
  const auto all = run_all([] {
    sim::var<int> x;
    sim::atomic<bool> flag{false};
    sim::thread one{[&] {
      sim::atomic_thread_fence(sim::memory_order_release);
      x = 1;
      flag.store(true, sim::memory_order_relaxed);
    }};
    sim::thread two{[&] {
      sim::await(flag, [](bool is) { return is; });
      static_cast<void>(x.read());
    }};
    one.join();
    two.join();
  });
  EXPECT_EQ(all.failures, all.executions);
}

TEST(Var, WhatASendHandsOverIsOrdered) {
  const auto all = run_all([] {
    sim::var<int> x;
    sim::channel<int> channel{1};
    sim::thread one{[&] {
      x = 1;
      channel.send(0);
    }};
    sim::thread two{[&] {
      channel.receive();
      static_cast<void>(x.read());
    }};
    one.join();
    two.join();
  });
  EXPECT_EQ(all.failures, 0U);
}

TEST(Var, OutsideAnExecutionIsRefused) {
  EXPECT_THROW(sim::var<int>{}, sim::UsageError);
}

TEST(Var, CostsASearchNoExecutions) {
  const auto body = [](bool watched) {
    return [watched] {
      std::optional<sim::var<int>> x;
      if (watched) x.emplace();
      sim::mutex m;
      const auto add = [&] {
        const std::lock_guard held{m};
        if (x) ++x->write();
      };
      sim::thread one{add};
      sim::thread two{add};
      sim::thread three{add};
      one.join();
      two.join();
      three.join();
    };
  };
  EXPECT_EQ(sim::test::count_all(body(true)), sim::test::count_all(body(false)));
}

}  // namespace
