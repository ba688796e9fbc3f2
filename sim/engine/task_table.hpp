#pragma once

// The tasks of the running execution, by TaskId. Task objects and their stacks are reused by the
// next execution.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <sim/base/task_set.hpp>
#include <sim/engine/task.hpp>

namespace sim {

class TaskTable {
 public:
  /// Prepares a new execution, which has no tasks yet.
  void clear() {
    size_ = 0;
    live_ = 0;
  }
  /// Number of tasks that the execution has made.
  [[nodiscard]] std::uint32_t size() const { return size_; }
  /// Number of tasks that have neither ended nor been abandoned.
  [[nodiscard]] std::uint32_t live() const { return live_; }
  /// Requires `task` to be a task of this execution.
  [[nodiscard]] Task& operator[](TaskId task) { return *tasks_[index_of(task)]; }
  [[nodiscard]] const Task& operator[](TaskId task) const { return *tasks_[index_of(task)]; }

  /// Adds the next task, which is to run entry(argument). The first switch to it calls Main() on an
  /// empty stack of `stack_bytes`. Requires size() < kTasksMax. Throws std::bad_alloc if there is
  /// not enough memory for a stack.
  template <void (*Main)()>
  SIM_ALWAYS_INLINE Task& add(void (*entry)(void*), void* argument, std::size_t stack_bytes) {
    if (tasks_[size_] == nullptr) [[unlikely]]
      allocate(stack_bytes);
    Task& task = *tasks_[size_];
    task.restart<Main>();
    ++size_;
    ++live_;
    task.begin(entry, argument);
    return task;
  }
  /// Sets the state of a task that cannot run any more. A task that has failed is still live,
  /// because it is drained later.
  void leave(Task& task, TaskState state) {
    task.state = state;
    if (state != TaskState::failed) --live_;
  }
  /// Calls visit(task) for each task in the order of creation.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::uint32_t i = 0; i < size_; ++i) visit(static_cast<const Task&>(*tasks_[i]));
  }

 private:
  [[gnu::cold]] void allocate(std::size_t stack_bytes) {
    auto task = std::make_unique<Task>();
    task->id = task_at(size_);
    // All stacks are mapped at the same offset within a page. Different unused parts at their tops
    // keep the parts that are used most from sharing cache sets.
    task->allocate_stack(stack_bytes, size_ % 16 * 192);
    tasks_[size_] = std::move(task);
  }

  std::array<std::unique_ptr<Task>, kTasksMax> tasks_;
  std::uint32_t size_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace sim
