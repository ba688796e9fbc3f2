// Tests the conflict relation against executions: in executions of random programs, two adjacent
// steps that happens-before does not order are exchanged, and nothing else may change.

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/engine/engine.hpp>
#include <sim/memory/conflict.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/search/random.hpp>

#include <tests/sim/random_program.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::OperationKind;
using sim::TraceEntry;
using sim::test::RandomOperation;
using sim::test::RandomProgram;

/// Generates a program of three tasks with up to four operations each. No task makes another one,
/// so that tasks and objects have the same numbers in every execution.
RandomProgram random_program(sim::Random& random) {
  using Kind = RandomOperation::Kind;
  RandomProgram program;
  program.invariant = random.below(4) == 0;
  program.tasks.resize(3);
  for (auto& task : program.tasks) {
    for (std::uint32_t left = 1 + random.below(4); left > 0; --left) {
      const auto kind = static_cast<Kind>(random.below(static_cast<std::uint32_t>(Kind::last) + 1));
      if (kind == Kind::spawn) continue;
      task.push_back({kind, static_cast<std::uint8_t>(random.below(2)),
                      static_cast<std::uint8_t>(random.below(2))});
    }
  }
  return program;
}

/// The indexes of the steps of a trace. The choices that a step makes and the wake-ups that it
/// causes follow it.
std::vector<std::size_t> step_entries(const std::vector<TraceEntry>& trace) {
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (trace[i].is_step()) steps.push_back(i);
  }
  return steps;
}

/// The decisions of a trace, for sim::test::InOrder, with the steps at `first` and `second`
/// exchanged, each together with the choices and wake-ups that follow it.
std::vector<std::uint32_t> exchanged(const std::vector<TraceEntry>& trace, std::size_t first,
                                     std::size_t second, std::size_t end) {
  std::vector<std::uint32_t> order;
  const auto add = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (trace[i].is_order()) continue;
      order.push_back(trace[i].is_step() ? static_cast<std::uint32_t>(sim::index_of(trace[i].task))
                                         : trace[i].chosen_index());
    }
  };
  add(0, first);
  add(second, end);
  add(first, second);
  add(end, trace.size());
  return order;
}

TEST(Conflicts, StepsThatDoNotConflictCommute) {
  // A task that cannot be drained to its end is abandoned, with what it owns.
  const sim::test::LeakOnPurpose leak;
  constexpr std::uint64_t kPrograms = 1'500;
  sim::Random random{7};
  std::size_t swaps = 0;
  std::set<OperationKind> swapped;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const RandomProgram program = random_program(random);
    sim::EngineOptions options = sim::test::kGoOn;
    options.bounds = program.bounds;
    options.record_order = true;
    sim::Engine engine{options};
    const sim::Body body = program.body();
    sim::RandomStrategy walk{seed};
    static_cast<void>(walk.begin_execution());
    engine.run(body, walk);
    const std::vector<TraceEntry> trace{engine.trace().entries().begin(),
                                        engine.trace().entries().end()};
    const std::string text = sim::test::trace_text(engine);
    sim::HappensBefore order;
    order.assign(engine.trace());
    const std::uint64_t fingerprint = order.fingerprint();

    const std::vector<std::size_t> steps = step_entries(trace);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      const std::size_t first = steps[i];
      const std::size_t second = steps[i + 1];
      if (order.ordered(first, second)) continue;
      EXPECT_FALSE(conflicts(trace[first], trace[second]));
      const std::size_t end = i + 2 < steps.size() ? steps[i + 2] : trace.size();
      sim::test::InOrder other{exchanged(trace, first, second, end)};
      engine.run(body, other);
      ASSERT_EQ(sim::test::trace_text(engine), text) << program << "step " << i;
      sim::HappensBefore after;
      after.assign(engine.trace());
      ASSERT_EQ(after.fingerprint(), fingerprint) << program << "step " << i;
      ++swaps;
      swapped.insert(trace[first].kind);
      swapped.insert(trace[second].kind);
    }
  }
  EXPECT_GT(swaps, 1'000U);
  // Nearly every kind of step must have occurred.
  EXPECT_GT(swapped.size(), 20U);
}

TEST(Conflicts, AWriteConflictsWithAllStepsOnItsObjectAndReadsCommute) {
  const sim::ObjectId x = sim::object_id(sim::kMainTask, 1);
  const sim::ObjectId y = sim::object_id(sim::kMainTask, 2);
  const auto step = [](std::uint8_t task, OperationKind kind, sim::ObjectId object) {
    return TraceEntry::step(sim::task_at(task), kind, object);
  };
  using enum OperationKind;
  EXPECT_TRUE(conflicts(step(1, store, x), step(2, load, x)));
  EXPECT_TRUE(conflicts(step(1, load, x), step(2, store, x)));
  EXPECT_FALSE(conflicts(step(1, load, x), step(2, load, x)));
  EXPECT_FALSE(conflicts(step(1, store, x), step(2, store, y)));
  // Second objects are written in every state.
  EXPECT_TRUE(conflicts(step(1, try_lock_until, x), step(2, await_value_until, y)));
  EXPECT_TRUE(conflicts(step(1, try_lock_until, x), step(2, load, sim::kClock)));
  EXPECT_TRUE(conflicts(step(1, wait_value, x), step(2, notify, queue_of(x))));
  EXPECT_TRUE(conflicts(step(1, wait_value, x), step(2, wait_value, x)));
  EXPECT_FALSE(conflicts(step(1, wait_value, x), step(2, load, x)));
  TraceEntry begin_wait = step(1, wait, x);
  begin_wait.set_released_mutex(y);
  EXPECT_TRUE(conflicts(begin_wait, step(2, lock, y)));
  EXPECT_TRUE(conflicts(step(2, lock, y), begin_wait));
}

TEST(Conflicts, AStepThatWouldFailReads) {
  const sim::ObjectId x = sim::object_id(sim::kMainTask, 1);
  const TraceEntry attempt = TraceEntry::step(sim::kMainTask, OperationKind::try_lock, x);
  const sim::Footprint other{x, false, std::nullopt};
  EXPECT_TRUE(conflicts(footprint(attempt, true), other));
  EXPECT_FALSE(conflicts(footprint(attempt, false), other));
}

TEST(Conflicts, WritesOfJointlyObservedObjectsDoNotCommute) {
  const sim::ObjectId x = sim::object_id(sim::kMainTask, 1);
  const sim::ObjectId y = sim::object_id(sim::kMainTask, 2);
  const auto both = [](sim::ObjectId a, sim::ObjectId b) { return a != b; };
  const sim::Footprint write_x{x, true, std::nullopt};
  const sim::Footprint write_y{y, true, std::nullopt};
  const sim::Footprint read_y{y, false, std::nullopt};
  const sim::Footprint also_y{sim::object_id(sim::kMainTask, 3), false, y};
  EXPECT_TRUE(writes_jointly(write_x, write_y, both));
  EXPECT_FALSE(writes_jointly(write_x, read_y, both));
  EXPECT_TRUE(writes_jointly(write_x, also_y, both));
  EXPECT_TRUE(writes_jointly(also_y, write_x, both));
}

}  // namespace
