#pragma once

// Functions that are called when a task ends, and values that are destroyed then: those of
// sim::task_local and sim::thread_specific.

#include <cstddef>
#include <vector>

#include <sim/base/task_set.hpp>

namespace sim {

class TaskExits {
 public:
  void clear() { exits_.clear(); }
  [[nodiscard]] bool empty() const { return exits_.empty(); }
  /// Registers call(argument) to be called when `task` ends.
  void add(TaskId task, void (*call)(void*), void* argument) {
    exits_.push_back({task, call, argument, nullptr});
  }
  /// Registers a value of `task`, which is to be destroyed by destroy(value) when the task ends.
  /// `variable` identifies it among the values of the task.
  void add_value(TaskId task, const void* variable, void (*destroy)(void*), void* value) {
    exits_.push_back({task, destroy, value, variable});
  }
  /// The value of `task` for `variable`; null before add_value().
  [[nodiscard]] void* value_of(TaskId task, const void* variable) const {
    for (const Exit& exit : exits_) {
      if (exit.task == task && exit.variable == variable) return exit.argument;
    }
    return nullptr;
  }
  /// Destroys the values of all tasks for `variable`.
  void destroy_values(const void* variable) {
    for (std::size_t i = exits_.size(); i-- > 0;) {
      if (i >= exits_.size() || exits_[i].variable != variable) continue;
      take(i);
      i = exits_.size();
    }
  }
  /// Removes all functions with `argument`, of any task.
  void forget(void* argument) {
    std::erase_if(exits_, [argument](const Exit& exit) { return exit.argument == argument; });
  }
  /// Calls and removes the functions of `task`, the one that was added last first. They may add
  /// others, which are called, too.
  void run(TaskId task) {
    for (std::size_t i = exits_.size(); i-- > 0;) {
      if (i >= exits_.size() || exits_[i].task != task) continue;
      take(i);
      i = exits_.size();
    }
  }

 private:
  struct Exit {
    TaskId task;
    void (*call)(void*);
    void* argument;
    const void* variable;  ///< null unless the argument is a value
  };

  /// Removes the function at index `at` and calls it.
  void take(std::size_t at) {
    const Exit exit = exits_[at];
    exits_.erase(exits_.begin() + static_cast<std::ptrdiff_t>(at));
    exit.call(exit.argument);
  }

  std::vector<Exit> exits_;
};

}  // namespace sim
