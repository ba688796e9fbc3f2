// A task takes the place of one that was joined before it was made. To every search the two are one
// task, so the traces, the data races and the failures must be the same as with a place of its own.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/executions.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/exhaustive.hpp>
#include <sim/sync.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::Body;

/// What a task does, in order.
enum class Action : std::uint8_t { load, store, add, read_plain, yield, lock, spawn, join, kinds };
struct Task {
  std::vector<Action> actions;
  std::vector<std::size_t> on;  ///< for each action: a variable
  std::vector<Task> children;   ///< for each spawn
};

Task random_task(sim::Random& random, std::size_t actions, std::size_t depth) {
  Task task;
  std::size_t running = 0;
  for (std::size_t i = 0; i < actions; ++i) {
    auto action = static_cast<Action>(random.below(static_cast<std::uint32_t>(Action::kinds)));
    if (action == Action::spawn && depth == 0) action = Action::load;
    if (action == Action::join && running == 0) action = Action::store;
    if (action == Action::spawn) {
      task.children.push_back(random_task(random, 1 + random.below(2), depth - 1));
      ++running;
    }
    running -= action == Action::join ? 1 : 0;
    task.actions.push_back(action);
    task.on.push_back(random.below(2));
  }
  return task;
}

bool has_yield(const Task& task) {
  return std::find(task.actions.begin(), task.actions.end(), Action::yield) != task.actions.end() ||
         std::any_of(task.children.begin(), task.children.end(), has_yield);
}

struct Variables {
  std::array<sim::atomic<int>, 2> atomics;
  std::array<sim::var<int>, 2> plain;
  sim::mutex mutex;
};

std::string text(const Task& task) {
  static constexpr std::array kWords{"load",  "store", "add",   "read_plain",
                                     "yield", "lock",  "spawn", "join"};
  std::string words;
  std::size_t children = 0;
  for (std::size_t i = 0; i < task.actions.size(); ++i) {
    words += kWords.at(static_cast<std::size_t>(task.actions[i])) + std::string{" "};
    words += task.actions[i] == Action::spawn ? "{ " + text(task.children[children++]) + "} "
                                              : std::to_string(task.on[i]) + " ";
  }
  return words;
}

void execute(const Task& task, Variables& variables) {
  std::vector<sim::thread> threads;
  std::size_t spawned = 0;
  std::size_t joined = 0;
  for (std::size_t i = 0; i < task.actions.size(); ++i) {
    sim::atomic<int>& atomic = variables.atomics.at(task.on[i]);
    switch (task.actions[i]) {
      case Action::load:
        static_cast<void>(atomic.load());
        break;
      case Action::store:
        atomic.store(static_cast<int>(i));
        break;
      case Action::add:
        atomic.fetch_add(1);
        break;
      case Action::read_plain:
        // Reads one and writes the other, so that some of the programs have data races.
        variables.plain.at(task.on[i]) = variables.plain.at(1 - task.on[i]).read();
        break;
      case Action::yield:
        sim::yield();
        break;
      case Action::lock: {
        const std::lock_guard lock{variables.mutex};
        atomic.store(atomic.load() + 1);
        break;
      }
      case Action::spawn: {
        const Task& child = task.children[spawned++];
        threads.emplace_back([&child, &variables] { execute(child, variables); });
        break;
      }
      default:
        threads[joined++].join();
    }
  }
  for (; joined < threads.size(); ++joined) threads[joined].join();
}

struct Found {
  std::size_t interleavings = 0;
  std::set<std::uint64_t> all;     ///< fingerprints of the traces of all interleavings
  std::set<std::uint64_t> traces;  ///< those that the search by traces ran
  std::size_t executions = 0;      ///< by the search by traces
  std::set<sim::OutcomeKind> outcomes;
  std::uint32_t tasks = 0;  ///< the most places that an execution had

  /// Whether the search by traces ran the trace of each interleaving.
  [[nodiscard]] bool includes_all() const {
    return std::includes(traces.begin(), traces.end(), all.begin(), all.end());
  }
  [[nodiscard]] std::uint64_t fingerprint(const sim::Engine& engine) {
    outcomes.insert(engine.outcome().kind);
    tasks = std::max(tasks, engine.names().task_count());
    sim::HappensBefore order;
    order.assign(engine.trace());
    return order.fingerprint();
  }
};

Found search(const Body& body, std::uint32_t joins_before_reuse) {
  sim::EngineOptions options;
  options.record_order = true;
  options.after_failure = sim::AfterFailure::continue_;
  options.joins_before_reuse = joins_before_reuse;
  sim::Engine engine{options};
  Found found;
  sim::ExhaustiveStrategy exhaustive;
  for (sim::Executions<> all{engine, body, exhaustive};
       all.next() && found.interleavings < 3'000;) {
    ++found.interleavings;
    found.all.insert(found.fingerprint(engine));
  }
  sim::DporStrategy dpor;
  for (sim::Executions<> traces{engine, body, dpor}; traces.next() && found.executions < 3'000;) {
    ++found.executions;
    found.traces.insert(found.fingerprint(engine));
  }
  return found;
}

TEST(TaskPlaces, RandomProgramsHaveTheSameTracesWithAndWithoutThem) {
  std::size_t reused = 0;
  std::size_t nested = 0;
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 6'000; ++seed) {
    sim::Random random{seed};
    const Task program = random_task(random, 5 + random.below(4), 2);
    const Body body = [&program] {
      Variables variables;
      execute(program, variables);
    };
    const Found own = search(body, 1'000);
    if (own.interleavings == 3'000 || own.executions == 3'000) continue;
    const Found shared = search(body, 0);
    ++compared;
    EXPECT_EQ(shared.interleavings, own.interleavings) << "seed " << seed;
    EXPECT_EQ(shared.outcomes, own.outcomes) << "seed " << seed;
    EXPECT_EQ(shared.traces.size(), shared.executions) << "a trace twice, seed " << seed;
    // If tasks yield, traces without a fair execution may be run, too, and more of them if a place
    // has several tasks.
    const bool yields = has_yield(program);
    if (!yields) {
      EXPECT_EQ(shared.executions, own.executions) << "seed " << seed;
    }
    // Tasks that other tasks made have numbers that depend on the interleaving, and so have
    // fingerprints.
    const bool is_nested = std::any_of(program.children.begin(), program.children.end(),
                                       [](const Task& task) { return !task.children.empty(); });
    for (const Found* const found : {&own, &shared}) {
      if (is_nested) continue;
      EXPECT_TRUE(found->includes_all()) << "seed " << seed << ": " << text(program);
      EXPECT_TRUE(yields || found->all.size() == found->traces.size()) << "seed " << seed;
    }
    nested += is_nested ? 1 : 0;
    reused += shared.tasks < own.tasks ? 1 : 0;
  }
  EXPECT_GT(compared, 4'000U);
  EXPECT_GT(reused, 100U);
  EXPECT_GT(nested, 100U);
}

/// `rounds` times two tasks that add to one counter.
Body pairs(int rounds) {
  return [rounds] {
    sim::atomic<int> counter{0, "counter"};
    for (int i = 0; i < rounds; ++i) {
      sim::thread a{[&] { counter.fetch_add(1); }};
      sim::thread b{[&] { counter.fetch_add(1); }};
      a.join();
      b.join();
    }
    SIM_EXPECT(counter.peek() == 2 * rounds);
  };
}

TEST(TaskPlaces, AnExecutionMayMakeAnyNumberOfTasksOneAfterTheOther) {
  EXPECT_EQ(sim::test::run(pairs(500)).outcome.kind, sim::OutcomeKind::passed);
}

TEST(TaskPlaces, AnExecutionWithMoreTasksThanItsTraceHasRoomForIsTruncated) {
  sim::EngineOptions options;
  options.record_order = true;
  options.steps_max = 1'000;
  sim::Engine engine{options};
  sim::DporStrategy dpor;
  const Body body = pairs(100'000);
  sim::Executions<> executions{engine, body, dpor};
  ASSERT_TRUE(executions.next());
  EXPECT_EQ(engine.outcome().kind, sim::OutcomeKind::step_bound);
  EXPECT_TRUE(engine.truncated());
}

TEST(TaskPlaces, TasksOfTheSamePlaceAreCountedRight) {
  // Each pair has two orders.
  const Found found = search(pairs(8), 4);
  EXPECT_EQ(found.executions, 256U);
  EXPECT_EQ(found.traces.size(), 256U);
  EXPECT_LT(found.tasks, 17U);
}

TEST(TaskPlaces, ADataRaceWithATaskThatIsNotJoinedIsFoundAtEachPlace) {
  const Body body = [] {
    sim::var<int> x{0, "x"};
    for (int i = 0; i < 3; ++i) sim::thread{[&] { x = 1; }}.join();
    sim::thread a{[&] { x = 2; }};
    sim::thread b{[&] { x = 3; }};
    a.join();
    b.join();
  };
  EXPECT_EQ(search(body, 0).outcomes.count(sim::OutcomeKind::data_race), 1U);
}

TEST(TaskPlaces, ATaskThatHasYieldedLeavesNothingToTheNextOne) {
  // The first task ends after its yield, while another task yields to it.
  const Body body = [] {
    sim::atomic<int> x{0, "x"};
    sim::thread other{[&] {
      x.fetch_add(1);
      sim::yield();
      x.fetch_add(1);
    }};
    sim::thread{[&] {
      x.fetch_add(1);
      sim::yield();
    }}.join();
    sim::thread{[&] { x.fetch_add(1); }}.join();
    other.join();
  };
  const Found own = search(body, 1'000);
  const Found shared = search(body, 0);
  EXPECT_EQ(shared.interleavings, own.interleavings);
  EXPECT_TRUE(shared.includes_all());
  EXPECT_EQ(shared.tasks + 1, own.tasks);
}

TEST(TaskPlaces, ATaskThatEndedWithALockedMutexIsNotReplaced) {
  const Body body = [] {
    sim::mutex mutex{"mutex"};
    for (std::size_t i = 0; i < sim::kTasksMax; ++i) {
      sim::thread{[&, i] {
        if (i == 0) mutex.lock();
      }}.join();
    }
  };
  const sim::Outcome outcome = sim::test::run(body).outcome;
  EXPECT_EQ(outcome.kind, sim::OutcomeKind::misuse);
  EXPECT_EQ(outcome.message(), "\"a thread that was joined has ended while it held a mutex\"");
}

TEST(TaskPlaces, ALoopThatMakesTasksWithoutStepsEnds) {
  const Body body = [] {
    for (;;) sim::thread{[] {}}.join();
  };
  for (const bool record_order : {false, true}) {
    sim::EngineOptions options;
    options.steps_max = 1'000;
    options.record_order = record_order;
    sim::Engine engine{options};
    sim::ExhaustiveStrategy exhaustive;
    sim::Executions<> executions{engine, body, exhaustive};
    ASSERT_TRUE(executions.next());
    EXPECT_EQ(engine.outcome().kind, sim::OutcomeKind::misuse);
    EXPECT_TRUE(engine.truncated());
  }
}

TEST(TaskPlaces, ATaskThatIsNotJoinedKeepsItsPlace) {
  const Body body = [] {
    for (std::size_t i = 0; i < sim::kTasksMax; ++i) sim::thread{[] {}}.detach();
  };
  EXPECT_EQ(sim::test::run(body).outcome.kind, sim::OutcomeKind::misuse);
}

}  // namespace
