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
    made_ = 0;
  }
  /// Number of tasks that the execution has made, without those that have taken another one's
  /// place.
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
  /// Adds a task in the place of `task`, which has ended. Objects and tasks that it makes are
  /// counted from where those of `task` end. The rest is as for add().
  template <void (*Main)()>
  Task& add_in_place_of(TaskId id, void (*entry)(void*), void* argument) {
    Task& task = *tasks_[index_of(id)];
    const std::uint32_t objects = task.objects_made;
    const std::uint32_t tasks = task.tasks_made;
    task.restart<Main>();
    ++live_;
    task.begin(entry, argument);
    task.objects_made = objects;
    task.tasks_made = tasks;
    ++made_;
    return task;
  }
  /// Number of tasks that the execution has made.
  [[nodiscard]] std::size_t made() const { return made_ + size_; }
  /// Removes `task` from the tasks that others have joined.
  void forget_joined(TaskId task) {
    for (std::uint32_t i = 0; i < size_; ++i) tasks_[i]->joined.erase(task);
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
  std::size_t made_ = 0;  ///< tasks that have taken another one's place
};

}  // namespace sim
