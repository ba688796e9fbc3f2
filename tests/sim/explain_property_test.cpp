// Checks the explanations of failures of random programs against all of their executions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/base/trace.hpp>
#include <sim/check.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/memory/conflict.hpp>
#include <sim/report/cause.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/jthread.hpp>

namespace {

constexpr std::uint64_t kCases = 120;

/// Identifies a step by its task and its index within the task, which is the same in every
/// interleaving.
using Step = std::pair<std::size_t, std::size_t>;

struct Action {
  enum Kind : std::uint8_t { load, store, fetch_add } kind;
  bool on_y;
  int operand;
};

/// Two or three tasks that use two variables. Whether the program fails depends on all values that
/// were read. In some programs a task checks this before its end.
struct RandomProgram {
  explicit RandomProgram(std::uint64_t seed) {
    sim::Random random{seed};
    const std::uint32_t count = 2 + random.below(2);
    for (std::uint32_t t = 0; t < count; ++t) {
      std::vector<Action> actions(1 + random.below(count == 2 ? 4 : 3));
      for (Action& action : actions) {
        action = {static_cast<Action::Kind>(random.below(3)), random.below(2) == 1,
                  static_cast<int>(1 + random.below(2))};
      }
      tasks.push_back(actions);
    }
    salt = random.next();
    fails_in_task = random.below(2) == 1;
  }

  void run() const {
    steps.clear();
    sim::atomic<int> x{0, "x"};
    sim::atomic<int> y{0, "y"};
    std::vector<std::uint64_t> seen(tasks.size(), salt);
    {
      std::vector<sim::jthread> threads;
      for (std::size_t t = 0; t < tasks.size(); ++t) {
        threads.emplace_back([&, t] {
          for (std::size_t i = 0; i < tasks[t].size(); ++i) {
            seen[t] = sim::hash_step(seen[t], make(tasks[t][i], tasks[t][i].on_y ? y : x));
            steps.emplace_back(t, i);
            if (fails_in_task && t == 0) SIM_EXPECT(seen[t] % 3 != 0);
          }
        });
      }
    }
    std::uint64_t all = 0;
    for (const std::uint64_t one : seen) all = sim::hash_step(all, one);
    if (!fails_in_task) SIM_EXPECT(all % 3 != 0);
  }

  static std::uint64_t make(const Action& action, sim::atomic<int>& variable) {
    if (action.kind == Action::store) variable.store(action.operand);
    if (action.kind == Action::store) return 0;
    return static_cast<std::uint64_t>(
        action.kind == Action::load ? variable.load() : variable.fetch_add(action.operand));
  }

  std::vector<std::vector<Action>> tasks;
  std::uint64_t salt = 0;
  bool fails_in_task = false;
  mutable std::vector<Step> steps;  ///< steps of the running execution
};

struct Execution {
  std::vector<Step> steps;
  bool failed = false;
  sim::ScheduleSize size;
};

std::vector<Execution> all_executions(const RandomProgram& random, const sim::Program& program) {
  std::vector<Execution> all;
  sim::ProbeOptions options;
  options.isolated = false;
  sim::Prober prober{options};
  sim::ExhaustiveStrategy strategy;
  prober.search(program, strategy, [&](const sim::Engine& engine) {
    // If the execution stopped at its failure, the remaining steps were made while draining.
    std::vector<Step> steps = random.steps;
    steps.resize(std::min(steps.size(), engine.steps()));
    all.push_back({steps, engine.outcome().failed(), sim::size_of(engine.trace().entries())});
    return false;
  });
  return all;
}

/// Whether an execution has two steps of a recorded execution in reverse order, and all other
/// conflicts in the same order, except for those between the two steps and of the same two tasks.
class Reversed {
 public:
  Reversed(const sim::Recording& recording, const std::vector<Step>& steps)
      : recording_(recording), steps_(steps) {}

  [[nodiscard]] bool has(const Execution& execution, const sim::Ordering& order) const {
    std::map<Step, std::size_t> at;
    for (std::size_t i = 0; i < execution.steps.size(); ++i) at.emplace(execution.steps[i], i);
    const auto place = [&](std::size_t event) {
      const auto found = at.find(steps_[event]);
      return found == at.end() ? SIZE_MAX : found->second;
    };
    if (place(order.second) == SIZE_MAX || place(order.first) < place(order.second)) return false;
    for (std::size_t b = 0; b < steps_.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        if (!sim::conflicts(recording_.events[a].entry(), recording_.events[b].entry())) continue;
        const bool free =
            a >= order.first && b <= order.second && is_of(a, order) && is_of(b, order);
        const bool kept = place(b) == SIZE_MAX || place(a) < place(b);
        if (!free && !kept) return false;
      }
    }
    return true;
  }

 private:
  [[nodiscard]] bool is_of(std::size_t event, const sim::Ordering& order) const {
    return steps_[event].first == steps_[order.first].first ||
           steps_[event].first == steps_[order.second].first;
  }

  const sim::Recording& recording_;
  const std::vector<Step>& steps_;
};

TEST(ExplainedPrograms, NoOrderIsCalledNecessaryWithoutWhichOneFails) {
  std::size_t claims = 0;
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    const RandomProgram random{seed};
    const sim::Program program{"random", {}, [&random] { random.run(); }};
    const std::vector<Execution> all = all_executions(random, program);
    sim::ProbeOptions options;
    options.isolated = false;
    sim::Prober prober{options};
    sim::ExhaustiveStrategy strategy;
    const auto fails = [](const sim::Engine& engine) { return engine.outcome().failed(); };
    const sim::Probe probe = prober.search(program, strategy, fails);
    if (!probe.found) continue;
    sim::Shrunk shrunk = sim::shrink(program, probe.trace, prober);
    sim::ScheduleSize least = shrunk.after;
    for (const Execution& one : all) least = one.failed ? std::min(least, one.size) : least;
    EXPECT_EQ(shrunk.after, least) << seed;
    EXPECT_TRUE(shrunk.fewest) << seed;

    shrunk.recording = prober.record(program, shrunk.trace);
    std::vector<Step> steps = random.steps;
    steps.resize(shrunk.recording.steps());
    const sim::Explanation why = sim::explain(program, shrunk.recording, prober);
    const Reversed reversed{shrunk.recording, steps};
    for (const sim::Ordering& order : why.necessary) {
      if (order.second >= steps.size()) continue;  // it comes after the failure
      ++claims;
      for (const Execution& one : all) {
        EXPECT_FALSE(one.failed && reversed.has(one, order))
            << seed << ": " << sim::order_text(shrunk.recording, order);
      }
    }
  }
  EXPECT_GT(claims, 30U);
}

}  // namespace
