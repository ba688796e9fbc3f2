#pragma once

// sim::task_local replaces `thread_local`. All tasks of an execution run on one thread, so they
// would share a thread_local variable. Accessing the value is not a step.

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// A variable with one value for each task. A task's value is made at the task's first access and
/// destroyed when the task ends, before a join of the task returns. The values of one task are
/// destroyed in the reverse order of their creation. Steps of the value's destructor are steps of
/// that task.
///
/// Must be used inside an execution (UsageError otherwise). Destroying the variable destroys the
/// remaining values.
template <class T>
class task_local {
 public:
  task_local() : task_local([] { return T{}; }) {}
  /// `make` is called by each task to make its value.
  explicit task_local(std::function<T()> make) : make_(std::move(make)) {}
  task_local(const task_local&) = delete;
  task_local& operator=(const task_local&) = delete;
  ~task_local() {
    if (Engine* const engine = Engine::current_or_null()) engine->forget_task_ends(this);
  }

  /// The calling task's value.
  T& get(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    const TaskId task = engine.current_task();
    const auto found = values_.find(task);
    if (found != values_.end()) return *found->second;
    std::unique_ptr<T> made{new T(make_())};
    engine.at_task_end(&end_of_task, this);
    return *(values_[task] = std::move(made));
  }
  T& operator*() { return get(); }
  T* operator->() { return &get(); }

 private:
  static void end_of_task(void* self) {
    auto& values = static_cast<task_local*>(self)->values_;
    // The value is removed from the map before it is destroyed, because its destructor may make
    // steps, during which other tasks use the map.
    const auto ended = values.extract(Engine::current(SourceLocation::current()).current_task());
  }

  std::function<T()> make_;
  std::map<TaskId, std::unique_ptr<T>> values_;
};

}  // namespace sim
