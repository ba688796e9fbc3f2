#pragma once

// Functions that are called when a task ends: how sim::task_local destroys its values.

#include <cstddef>
#include <vector>

#include <sim/base/task_set.hpp>

namespace sim {

class TaskExits {
 public:
  void clear() { exits_.clear(); }
  [[nodiscard]] bool empty() const { return exits_.empty(); }
  /// call(argument) is to be called when `task` ends.
  void add(TaskId task, void (*call)(void*), void* argument) {
    exits_.push_back({task, call, argument});
  }
  /// Nothing is to be called with `argument` any more, for any task.
  void forget(void* argument) {
    std::erase_if(exits_, [argument](const Exit& exit) { return exit.argument == argument; });
  }
  /// Calls the functions of `task` once each, the last added first. They may add others.
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
