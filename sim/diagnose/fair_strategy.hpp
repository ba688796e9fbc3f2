#pragma once

// Keeps a strategy from letting a task that only waits in a loop run alone while others could
// run. Livelocks are searched and explained with it: an execution that still does not end repeats
// steps although every task could take part.

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <sim/engine/strategy.hpp>

namespace sim {

/// A decorator of a strategy, which holds back the tasks that repeat themselves. A task repeats
/// itself if its next operation only looks at an object, or may fail, and if it has already made
/// this operation since another task last wrote an object that it looked at. If all enabled tasks
/// repeat themselves, none is held back. A bounded loop of loads is held back too, so some
/// executions are not run.
class FairStrategy final : public Strategy {
 public:
  /// Keeps a reference to `inner`.
  explicit FairStrategy(Strategy& inner) : Strategy(inner.capabilities()), inner_(inner) {}

  SearchStatus begin_execution() override {
    looks_.clear();
    return inner_.begin_execution();
  }
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override { inner_.end_execution(trace); }

 private:
  using Look = std::pair<OperationKind, ObjectId>;

  [[nodiscard]] bool repeats(TaskId task, const Operation& next) const;
  void note(TaskId task, const Operation& step);

  Strategy& inner_;
  /// For each task: what it has looked at, since it or another task last changed something.
  std::vector<std::set<Look>> looks_;
};

}  // namespace sim
