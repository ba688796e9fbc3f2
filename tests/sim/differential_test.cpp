// Explores small random programs with every complete strategy. All must find the same traces and
// outcomes, and the search by traces must run each trace once. `RC_PARAMS=max_success=5000` tries
// more programs.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/process/jobs.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/portfolio.hpp>
#include <sim/search/splittable.hpp>
#include <sim/strategies/exhaustive.hpp>

#include <tests/sim/random_program.hpp>
#include <tests/sim/run.hpp>

namespace sim::test {

template <class Out>
void show_value(const RandomProgram& program, Out& out) {
  out << program;
}
void showValue(const RandomProgram& program, std::ostream& out) {
  out << program;
}

}  // namespace sim::test

namespace {

using sim::test::RandomOperation;
using sim::test::RandomProgram;
using Kind = RandomOperation::Kind;

/// Programs with more interleavings than this are skipped.
constexpr std::uint64_t kInterleavingsMax = 3'000;

rc::Gen<RandomOperation> operations(const std::vector<Kind>& kinds, std::uint8_t objects) {
  return rc::gen::map(rc::gen::tuple(rc::gen::elementOf(kinds), rc::gen::inRange(0, int{objects}),
                                     rc::gen::inRange(0, 2)),
                      [](const auto& parts) {
                        return RandomOperation{std::get<0>(parts),
                                               static_cast<std::uint8_t>(std::get<1>(parts)),
                                               static_cast<std::uint8_t>(std::get<2>(parts))};
                      });
}

/// Generates programs of `tasks` tasks with up to four operations each.
rc::Gen<RandomProgram> programs(std::size_t tasks, const std::vector<Kind>& kinds,
                                std::uint8_t objects, bool invariant = false) {
  const auto task = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 5), [=](std::size_t size) {
    return rc::gen::container<std::vector<RandomOperation>>(size, operations(kinds, objects));
  });
  return rc::gen::map(rc::gen::container<std::vector<std::vector<RandomOperation>>>(tasks, task),
                      [invariant](std::vector<std::vector<RandomOperation>> all) {
                        return RandomProgram{std::move(all), invariant};
                      });
}

const std::vector<Kind> kVariables{Kind::load, Kind::store, Kind::store_next, Kind::add,
                                   Kind::compare};
const std::vector<Kind> kOpen{Kind::load,     Kind::store,    Kind::compare, Kind::compare,
                              Kind::try_lock, Kind::try_lock, Kind::lock,    Kind::unlock};
const std::vector<Kind> kAll{Kind::load,     Kind::load,    Kind::store,  Kind::store_next,
                             Kind::add,      Kind::compare, Kind::lock,   Kind::lock,
                             Kind::try_lock, Kind::unlock,  Kind::unlock, Kind::choose,
                             Kind::if_value, Kind::spawn};

const std::vector<Kind> kFailing{Kind::load,   Kind::store,  Kind::compare,
                                 Kind::lock,   Kind::unlock, Kind::misuse,
                                 Kind::misuse, Kind::check,  Kind::spawn};

const std::vector<Kind> kConditions{
    Kind::lock,       Kind::lock,       Kind::unlock, Kind::wait, Kind::wait,    Kind::notify_one,
    Kind::notify_one, Kind::notify_all, Kind::store,  Kind::load, Kind::try_lock};
const std::vector<Kind> kWaits{
    Kind::wait_value, Kind::wait_value, Kind::notify_one_value, Kind::notify_all_value, Kind::store,
    Kind::compare,    Kind::load};
const std::vector<Kind> kShared{Kind::lock_exclusively,
                                Kind::lock_exclusively,
                                Kind::try_lock_exclusively,
                                Kind::unlock_exclusively,
                                Kind::lock_shared,
                                Kind::lock_shared,
                                Kind::try_lock_shared,
                                Kind::unlock_shared,
                                Kind::wait_shared,
                                Kind::notify_any,
                                Kind::store,
                                Kind::load};
const std::vector<Kind> kSemaphores{Kind::acquire, Kind::acquire, Kind::try_acquire,
                                    Kind::release, Kind::store,   Kind::load};
const std::vector<Kind> kMeetings{Kind::count_down, Kind::await_latch, Kind::try_await_latch,
                                  Kind::meet,       Kind::meet,        Kind::drop,
                                  Kind::store,      Kind::load};
const std::vector<Kind> kTimes{Kind::sleep,        Kind::now,   Kind::try_lock_for,
                               Kind::try_lock_for, Kind::lock,  Kind::unlock,
                               Kind::store,        Kind::load,  Kind::try_acquire_for,
                               Kind::release,      Kind::sleep, Kind::await_for};
const std::vector<Kind> kTimedWaits{Kind::lock,       Kind::lock,     Kind::unlock,
                                    Kind::wait_for,   Kind::wait_for, Kind::notify_one,
                                    Kind::notify_all, Kind::now,      Kind::store};
const std::vector<Kind> kTimedShared{
    Kind::lock_exclusively,    Kind::unlock_exclusively,  Kind::lock_shared, Kind::unlock_shared,
    Kind::try_lock_shared_for, Kind::try_lock_shared_for, Kind::store,       Kind::load};
const std::vector<Kind> kAwaits{Kind::await_value, Kind::await_value, Kind::store,     Kind::add,
                                Kind::store_next,  Kind::compare,     Kind::await_for, Kind::load};
const std::vector<Kind> kWithoutCause{Kind::lock,         Kind::lock,       Kind::unlock,
                                      Kind::wait,         Kind::wait,       Kind::wait_for,
                                      Kind::notify_one,   Kind::notify_all, Kind::compare_weak,
                                      Kind::compare_weak, Kind::store};
const std::vector<Kind> kStops{Kind::lock,         Kind::wait_or_stop, Kind::wait_or_stop,
                               Kind::request_stop, Kind::at_stop,      Kind::notify_any,
                               Kind::store,        Kind::unlock};
const std::vector<Kind> kChannels{Kind::send,     Kind::send,        Kind::receive,  Kind::receive,
                                  Kind::try_send, Kind::try_receive, Kind::close,    Kind::store,
                                  Kind::load,     Kind::call_once,   Kind::call_once};
const std::vector<Kind> kEverything = [] {
  std::vector<Kind> kinds;
  for (int kind = 0; kind <= static_cast<int>(Kind::last); ++kind) {
    kinds.push_back(static_cast<Kind>(kind));
  }
  return kinds;
}();

struct Found {
  std::map<std::string, std::uint64_t> traces;  ///< number of executions of each trace
  std::uint64_t executions = 0;
  bool complete = true;

  void add(const sim::Engine& engine) {
    ++traces[sim::test::trace_text(engine)];
    ++executions;
  }
};

class Runner {
 public:
  explicit Runner(const RandomProgram& program)
      : body_(program.body()), engine_(options(program)) {}

  /// Runs `strategy` until it has nothing left, or has run `executions_max` executions.
  void run(sim::Strategy& strategy, Found& found, std::uint64_t executions_max = UINT64_MAX) {
    sim::Executions executions{engine_, body_, strategy};
    while (found.executions < executions_max) {
      if (!executions.next()) {
        found.complete &= executions.status() == sim::SearchStatus::exhausted;
        return;
      }
      found.add(engine_);
    }
    found.complete = false;
  }

  /// Explores with a search that is repeatedly split, saved and resumed.
  template <class Strategy>
  Found run_in_parts() {
    Found found;
    std::vector<std::string> parts{Strategy{}.save()};
    while (!parts.empty()) {
      Strategy strategy;
      RC_ASSERT(strategy.resume(parts.back()));
      parts.pop_back();
      sim::Executions executions{engine_, body_, strategy};
      for (int i = 0; i < 3 && executions.next(); ++i) found.add(engine_);
      RC_ASSERT(executions.status() != sim::SearchStatus::diverged);
      if (auto part = strategy.split()) parts.push_back(*std::move(part));
      if (strategy.progress().left_min > 0) parts.push_back(strategy.save());
    }
    return found;
  }

 private:
  static sim::EngineOptions options(const RandomProgram& program) {
    sim::EngineOptions options = sim::test::kGoOn;
    options.bounds = program.bounds;
    options.record_order = true;
    return options;
  }

  sim::Body body_;
  sim::Engine engine_;
};

/// The groups of failures that a search finds, as FailureGroup::id.
std::set<std::uint64_t> failures(const RandomProgram& program, sim::Strategy& strategy,
                                 std::uint64_t executions) {
  sim::ExploreOptions options;
  options.all = true;
  options.record = false;
  const sim::Exploration found =
      sim::explore({"random", {}, program.body(), {}, program.bounds}, strategy, options);
  RC_ASSERT(found.reason == sim::StopReason::exhausted && found.truncated == 0);
  RC_ASSERT(found.executions == executions);
  std::set<std::uint64_t> ids;
  for (const sim::FailureGroup& group : found.groups) ids.insert(group.id);
  return ids;
}

void expect_all_agree(const RandomProgram& program) {
  Runner runner{program};
  Found all;
  sim::ExhaustiveStrategy exhaustive;
  runner.run(exhaustive, all, kInterleavingsMax);
  RC_PRE(all.complete);

  Found by_trace;
  sim::DporStrategy dpor;
  runner.run(dpor, by_trace);
  RC_ASSERT(by_trace.complete);
  RC_ASSERT(by_trace.executions == by_trace.traces.size());
  RC_ASSERT(by_trace.executions == all.traces.size());
  sim::DporStrategy traces;
  sim::ExhaustiveStrategy interleavings;
  const auto ids = failures(program, interleavings, all.executions);
  RC_ASSERT(failures(program, traces, by_trace.executions) == ids);
  sim::PortfolioStrategy portfolio{1};
  RC_ASSERT(failures(program, portfolio, by_trace.executions) == ids);
  for (const auto& [trace, count] : all.traces) RC_ASSERT(by_trace.traces.count(trace) == 1U);

  Found bounded;
  sim::BoundedStrategy unbounded;
  runner.run(unbounded, bounded);
  RC_ASSERT(bounded.complete);
  RC_ASSERT(bounded.traces == all.traces);

  RC_ASSERT(runner.run_in_parts<sim::DporStrategy>().traces == by_trace.traces);
  RC_ASSERT(runner.run_in_parts<sim::ExhaustiveStrategy>().traces == all.traces);
  RC_ASSERT(runner.run_in_parts<sim::BoundedStrategy>().traces == all.traces);
}

RC_GTEST_PROP(Differential, TwoTasksOnVariables, ()) {
  expect_all_agree(*programs(2, kVariables, 2));
}
RC_GTEST_PROP(Differential, ThreeTasksOnVariables, ()) {
  expect_all_agree(*programs(3, kVariables, 2));
}
RC_GTEST_PROP(Differential, StepsWhoseResultIsOpen, ()) {
  expect_all_agree(*programs(3, kOpen, 1));
}
RC_GTEST_PROP(Differential, LocksAndChoices, ()) {
  expect_all_agree(*programs(3, kAll, 3));
}
RC_GTEST_PROP(Differential, TasksThatMakeTasks, ()) {
  expect_all_agree(*programs(6, kAll, 3));
}
RC_GTEST_PROP(Differential, AnInvariantOverTwoVariables, ()) {
  expect_all_agree(*programs(3, kVariables, 3, true));
}

RC_GTEST_PROP(Differential, StepsOfTheTestBody, ()) {
  RandomProgram program = *programs(2, kAll, 2);
  program.body_steps = true;
  expect_all_agree(program);
}
RC_GTEST_PROP(Differential, TasksThatFailAndGoOnOrEnd, ()) {
  expect_all_agree(*programs(4, kFailing, 2));
}
RC_GTEST_PROP(Differential, AnInvariantOverVariablesAndAMutex, ()) {
  expect_all_agree(*programs(3, kFailing, 2, true));
}

RC_GTEST_PROP(Differential, ConditionVariables, ()) {
  expect_all_agree(*programs(3, kConditions, 1));
}
RC_GTEST_PROP(Differential, ConditionVariablesOverTwoMutexes, ()) {
  expect_all_agree(*programs(4, kConditions, 2));
}
RC_GTEST_PROP(Differential, ConditionVariablesUnderAnInvariant, ()) {
  expect_all_agree(*programs(3, kConditions, 1, true));
}
RC_GTEST_PROP(Differential, Times, ()) {
  RandomProgram program = *programs(3, kTimes, 2);
  program.bounds.timeouts = *rc::gen::inRange(0U, 3U);
  expect_all_agree(program);
}
RC_GTEST_PROP(Differential, TimedWaits, ()) {
  RandomProgram program = *programs(3, kTimedWaits, 1);
  program.bounds.timeouts = *rc::gen::inRange(0U, 3U);
  expect_all_agree(program);
}
RC_GTEST_PROP(Differential, TimedSharedLocks, ()) {
  expect_all_agree(*programs(3, kTimedShared, 1));
}
RC_GTEST_PROP(Differential, AwaitedValues, ()) {
  expect_all_agree(*programs(3, kAwaits, 2));
}
RC_GTEST_PROP(Differential, AwaitedValuesUnderAnInvariant, ()) {
  expect_all_agree(*programs(3, kAwaits, 2, true));
}
RC_GTEST_PROP(Differential, WhatFailsWithoutCause, ()) {
  RandomProgram program = *programs(3, kWithoutCause, 1);
  program.bounds.spurious = *rc::gen::inRange(1U, 3U);
  expect_all_agree(program);
}
RC_GTEST_PROP(Differential, Stops, ()) {
  expect_all_agree(*programs(3, kStops, 1));
}
RC_GTEST_PROP(Differential, Channels, ()) {
  expect_all_agree(*programs(3, kChannels, 1));
}
RC_GTEST_PROP(Differential, WaitsForValues, ()) {
  expect_all_agree(*programs(3, kWaits, 2));
}
RC_GTEST_PROP(Differential, SharedMutexes, ()) {
  expect_all_agree(*programs(3, kShared, 1));
}
RC_GTEST_PROP(Differential, Semaphores, ()) {
  expect_all_agree(*programs(3, kSemaphores, 1));
}
RC_GTEST_PROP(Differential, LatchesAndBarriers, ()) {
  expect_all_agree(*programs(3, kMeetings, 2));
}
RC_GTEST_PROP(Differential, AllPrimitives, ()) {
  expect_all_agree(*programs(4, kEverything, 2));
}
RC_GTEST_PROP(Differential, AllPrimitivesUnderAnInvariant, ()) {
  expect_all_agree(*programs(3, kEverything, 2, true));
}

RC_GTEST_PROP(Differential, SeveralJobsFindTheSame, ()) {
  const RandomProgram program = *programs(3, kEverything, 2);
  const sim::Program named{"random", {}, program.body()};
  sim::Exploration first;
  for (const std::uint32_t jobs : {1U, 3U}) {
    sim::JobsOptions options;
    options.explore.all = true;
    options.jobs = jobs;
    sim::JobsWatcher nobody;
    const sim::Exploration found =
        explore_in_jobs(
            named, [](const auto&) { return std::make_unique<sim::DporStrategy>(); }, options,
            nobody)
            .saved.found;
    RC_ASSERT(found.reason == sim::StopReason::exhausted && found.truncated + found.lost == 0);
    if (jobs == 1) {
      first = found;
      continue;
    }
    RC_ASSERT(found.executions == first.executions);
    RC_ASSERT(found.failures == first.failures);
    RC_ASSERT(found.steps == first.steps);
    RC_ASSERT(found.groups.size() == first.groups.size());
    for (std::size_t i = 0; i < found.groups.size(); ++i) {
      RC_ASSERT(found.groups[i].id == first.groups[i].id);
      RC_ASSERT(found.groups[i].executions == first.groups[i].executions);
      RC_ASSERT(found.groups[i].simplest_trace == first.groups[i].simplest_trace);
    }
  }
}

}  // namespace
