#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// A variable of which each task has its own, as `thread_local` gives each thread. A task's is made
/// when the task first asks for it, and destroyed when the task ends, the latest first, before
/// anybody joins it; what its destructor does are steps of that task. To ask for it is no step.
///
/// Made inside an execution. To destroy it destroys what is left of those of all tasks.
template <class T>
class task_local {
 public:
  task_local() : task_local([] { return T{}; }) {}
  /// `make` makes each task's, in that task.
  explicit task_local(std::function<T()> make) : make_(std::move(make)) {}
  task_local(const task_local&) = delete;
  task_local& operator=(const task_local&) = delete;
  ~task_local() {
    if (Engine* const engine = Engine::current_or_null()) engine->forget_task_ends(this);
  }

  /// The calling task's.
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
    // Taken out first: its destructor makes steps.
    const auto ended = values.extract(Engine::current(SourceLocation::current()).current_task());
  }

  std::function<T()> make_;
  std::map<TaskId, std::unique_ptr<T>> values_;
};

}  // namespace sim
