#pragma once

// Functions that are called when a task ends. sim::task_local destroys its values with them.

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
    exits_.push_back({task, call, argument});
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
      const Exit exit = exits_[i];
      exits_.erase(exits_.begin() + static_cast<std::ptrdiff_t>(i));
      exit.call(exit.argument);
      i = exits_.size();
    }
  }

 private:
  struct Exit {
    TaskId task;
    void (*call)(void*);
    void* argument;
  };

  std::vector<Exit> exits_;
};

}  // namespace sim
