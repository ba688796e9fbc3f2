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
#include <sim/sync/mutex.hpp>

namespace {

constexpr std::uint64_t kCases = 240;

/// Identifies a step by its task and its index within the task, which is the same in every
/// interleaving.
using Step = std::pair<std::size_t, std::size_t>;

struct Action {
  enum Kind : std::uint8_t { load, store, fetch_add, lock, unlock } kind;
  bool on_y;
  int operand;
};

/// Two or three tasks that use two variables, in some programs partly under a mutex. Whether the
/// program fails depends on all values that were read. In some programs a task checks this before
/// its end.
struct RandomProgram {
  explicit RandomProgram(std::uint64_t seed) {
    sim::Random random{seed};
    const std::uint32_t count = 2 + random.below(2);
    const bool locks = random.below(2) == 1;
    for (std::uint32_t t = 0; t < count; ++t) {
      std::vector<Action> actions(1 + random.below(count == 2 ? 4 : locks ? 2 : 3));
      for (Action& action : actions) {
        action = {static_cast<Action::Kind>(random.below(3)), random.below(2) == 1,
                  static_cast<int>(1 + random.below(2))};
      }
      if (locks) put_under_lock(actions, random);
      tasks.push_back(actions);
    }
    salt = random.next();
    fails_in_task = random.below(2) == 1;
  }

  /// Puts some of the actions of a task, which are consecutive, under a mutex.
  static void put_under_lock(std::vector<Action>& actions, sim::Random& random) {
    const auto size = static_cast<std::uint32_t>(actions.size());
    const std::uint32_t begin = random.below(size);
    const std::uint32_t end = begin + 1 + random.below(size - begin);
    actions.insert(actions.begin() + end, Action{Action::unlock, false, 0});
    actions.insert(actions.begin() + begin, Action{Action::lock, false, 0});
  }

  void run() const {
    steps.clear();
    sim::mutex mutex{"mutex"};
    sim::atomic<int> x{0, "x"};
    sim::atomic<int> y{0, "y"};
    std::vector<std::uint64_t> seen(tasks.size(), salt);
    {
      std::vector<sim::jthread> threads;
      for (std::size_t t = 0; t < tasks.size(); ++t) {
        threads.emplace_back([&, t] {
          for (std::size_t i = 0; i < tasks[t].size(); ++i) {
            const Action& action = tasks[t][i];
            if (action.kind == Action::lock) {
              mutex.lock();
            } else if (action.kind == Action::unlock) {
              mutex.unlock();
            } else {
              seen[t] = sim::hash_step(seen[t], make(action, action.on_y ? y : x));
            }
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
/// If the two steps are under the mutex, those between the critical sections around them.
class Reversed {
 public:
  Reversed(const sim::Recording& recording, const std::vector<Step>& steps)
      : recording_(recording), steps_(steps) {}

  /// With `held`, the conflicts of one of the two tasks with others are free too, except those that
  /// are around one of the orders in `held`.
  [[nodiscard]] bool has(const Execution& execution, const sim::Ordering& order,
                         const std::vector<sim::Ordering>* held = nullptr) const {
    std::map<Step, std::size_t> at;
    for (std::size_t i = 0; i < execution.steps.size(); ++i) at.emplace(execution.steps[i], i);
    const auto place = [&](std::size_t event) {
      const auto found = at.find(steps_[event]);
      return found == at.end() ? SIZE_MAX : found->second;
    };
    if (place(order.second) == SIZE_MAX || place(order.first) < place(order.second)) return false;
    const sim::Ordering window = window_of(order);
    for (std::size_t b = 0; b < steps_.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        if (!sim::conflicts(recording_.events[a].entry(), recording_.events[b].entry())) continue;
        if (steps_[a].first == steps_[b].first) continue;
        const bool inside = a >= window.first && b <= window.second;
        const bool both = is_of(a, order) && is_of(b, order);
        const bool one = held != nullptr && (is_of(a, order) || is_of(b, order)) &&
                         !is_around_one({a, b}, *held, order);
        const bool kept = place(b) == SIZE_MAX || place(a) < place(b);
        if (!(inside && (both || one)) && !kept) return false;
      }
    }
    return true;
  }

  /// Whether the two steps are under the mutex in different critical sections.
  [[nodiscard]] bool is_locked(const sim::Ordering& order) const {
    return window_of(order) != order;
  }

 private:
  [[nodiscard]] sim::OperationKind kind(std::size_t event) const {
    return recording_.events[event].operation;
  }
  [[nodiscard]] bool is_of(std::size_t event, const sim::Ordering& order) const {
    return steps_[event].first == steps_[order.first].first ||
           steps_[event].first == steps_[order.second].first;
  }
  /// The step with which the task of `event` locked the mutex that it holds then; SIZE_MAX if it
  /// does not hold it.
  [[nodiscard]] std::size_t lock_of(std::size_t event) const {
    for (std::size_t i = event + 1; i-- > 0;) {
      if (steps_[i].first != steps_[event].first) continue;
      if (kind(i) == sim::OperationKind::lock) return i;
      if (kind(i) == sim::OperationKind::unlock && i != event) break;
    }
    return SIZE_MAX;
  }
  [[nodiscard]] std::size_t unlock_of(std::size_t event) const {
    for (std::size_t i = event; i < steps_.size(); ++i) {
      const bool its = steps_[i].first == steps_[event].first;
      if (its && kind(i) == sim::OperationKind::unlock) return i;
    }
    return steps_.size() - 1;
  }
  [[nodiscard]] sim::Ordering window_of(const sim::Ordering& order) const {
    const bool locked = lock_of(order.first) != SIZE_MAX && lock_of(order.second) != SIZE_MAX;
    return locked ? sim::Ordering{lock_of(order.first), unlock_of(order.second)} : order;
  }
  [[nodiscard]] bool is_around_one(const sim::Ordering& conflict,
                                   const std::vector<sim::Ordering>& held,
                                   const sim::Ordering& except) const {
    return std::any_of(held.begin(), held.end(), [&](const sim::Ordering& one) {
      return one != except && steps_[one.first].first == steps_[conflict.first].first &&
             steps_[one.second].first == steps_[conflict.second].first &&
             window_of(conflict).first <= window_of(one).second &&
             window_of(one).first <= window_of(conflict).second;
    });
  }

  const sim::Recording& recording_;
  const std::vector<Step>& steps_;
};

TEST(ExplainedPrograms, WhatIsSaidHoldsInAllExecutions) {
  std::size_t claims = 0;
  std::size_t locked = 0;   // claims about critical sections
  std::size_t denials = 0;  // claims that no order alone is necessary
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
    const auto fails_with = [&](const sim::Ordering& order) {
      const auto has = [&](bool failed, const std::vector<sim::Ordering>* held) {
        return std::any_of(all.begin(), all.end(), [&](const Execution& one) {
          return (!failed || one.failed) && reversed.has(one, order, held);
        });
      };
      // If other tasks keep the two critical sections apart, their sections give way.
      return has(false, nullptr) ? has(true, nullptr) : has(true, &why.necessary);
    };
    for (const sim::Ordering& order : why.necessary) {
      if (order.second >= steps.size()) continue;  // it comes after the failure
      ++claims;
      locked += reversed.is_locked(order) ? 1 : 0;
      EXPECT_FALSE(fails_with(order)) << seed << ": " << sim::order_text(shrunk.recording, order);
    }
    // "It also fails in this way with each order reversed alone."
    if (!why.necessary.empty() || !why.whole || why.reversible != why.examined) continue;
    ++denials;
    for (std::size_t b = 0; b < steps.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        const sim::RecordedEvent& one = shrunk.recording.events[a];
        const sim::RecordedEvent& other = shrunk.recording.events[b];
        if (one.task == other.task || !sim::conflicts(one.entry(), other.entry())) continue;
        const bool inner = reversed.is_locked({a, b}) && one.operation != sim::OperationKind::lock;
        if (inner || !sim::decides(one.operation, other.operation)) continue;
        EXPECT_TRUE(fails_with({a, b})) << seed << ": " << a << " and " << b;
      }
    }
  }
  EXPECT_GT(claims, 30U);
  EXPECT_GT(locked, 10U);
  EXPECT_GT(denials, 3U);
}

}  // namespace
