#pragma once

// sim::task_local stands in for `thread_local`, which all tasks of an execution would share, since
// they run on one thread. Asking for the value is not a step.

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// A variable with one value for each task. A task's value is made when the task first asks for it
/// and destroyed when the task ends, before anybody joins the task; the values of several variables
/// are destroyed in the reverse order of their creation. Steps of the value's destructor are steps
/// of that task.
///
/// Must be used inside an execution. Destroying the variable destroys the values that are left.
template <class T>
class task_local {
 public:
  task_local() : task_local([] { return T{}; }) {}
  /// Each task calls `make` to make its value.
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
    // Removed from the map before it is destroyed: its destructor may make steps, in which other
    // tasks use the map.
    const auto ended = values.extract(Engine::current(SourceLocation::current()).current_task());
  }

  std::function<T()> make_;
  std::map<TaskId, std::unique_ptr<T>> values_;
};

}  // namespace sim
