#pragma once

// Keeps track of which tasks can run: the enabled tasks, those that have yielded and are held back
// until the others have run, and those that must continue before the next choice is made. The
// strategy decides which of the enabled tasks runs; the engine asks it in Engine::next().

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <sim/base/task_set.hpp>
#include <sim/engine/gate.hpp>

namespace sim {

struct Task;

class Scheduler {
 public:
  /// Prepares a new execution, which has no tasks yet.
  void clear() {
    enabled_.clear();
    yielded_.clear();
    unrecorded_size_ = 0;
  }

  /// Tasks whose pending operation can be executed. The running task is included.
  [[nodiscard]] const TaskSet& enabled() const { return enabled_; }
  void enable(TaskId task) { enabled_.insert(task); }
  void enable(const TaskSet& tasks) { enabled_ |= tasks; }
  void disable(TaskId task) { enabled_.erase(task); }

  /// Opens `gate`: enables the tasks that wait at it.
  void open(Gate& gate) {
    gate.closed = false;
    enabled_ |= gate.waiters;
  }
  /// Closes `gate`: disables the tasks that wait at it.
  void close(Gate& gate) {
    gate.closed = true;
    enabled_ -= gate.waiters;
  }
  /// Adds `task` to those that wait at `gate`. It is enabled while the gate is open.
  void wait_at(Gate& gate, TaskId task) {
    gate.waiters.insert(task);
    if (gate.closed) enabled_.erase(task);
  }

  // Yields are fair: a task that has yielded is held back until each task that was enabled then has
  // made a step or cannot make one. Musuvathi, Qadeer, "Fair stateless model checking" (PLDI 2008).

  /// Holds `task` back until each other task that is enabled now has made a step, has yielded too,
  /// or is disabled. So tasks never wait for each other.
  void yield(TaskId task) {
    yielded_.for_each([&](TaskId other) {
      if (!awaited_[index_of(other)].contains(task)) return;
      awaited_[index_of(other)].erase(task);
      released_[index_of(other)].insert(task);
    });
    yielded_.insert(task);
    awaited_[index_of(task)] = enabled_ - TaskSet::of(task);
    released_[index_of(task)].clear();
  }
  /// The tasks for which `task`, which has yielded, has stopped to wait because they have yielded.
  [[nodiscard]] const TaskSet& released_by_yields(TaskId task) const {
    return released_[index_of(task)];
  }
  [[nodiscard]] bool has_yielded() const { return !yielded_.empty(); }
  /// Called for each step while has_yielded().
  void note_step(TaskId task) {
    yielded_.erase(task);
    yielded_.for_each([&](TaskId other) { awaited_[index_of(other)].erase(task); });
  }
  /// Forgets the yields of `task`, which has ended, and no longer waits for it: a new task takes
  /// its TaskId.
  void forget(TaskId task) { note_step(task); }
  /// The enabled tasks that are held back now; empty if all enabled tasks would be. Releases the
  /// tasks that need not wait any longer.
  [[nodiscard]] TaskSet take_held_back() {
    TaskSet held_back;
    yielded_.for_each([&](TaskId task) {
      if (!(awaited_[index_of(task)] & enabled_).empty()) held_back.insert(task);
    });
    yielded_ = held_back;
    held_back = held_back & enabled_;
    return held_back == enabled_ ? TaskSet{} : held_back;
  }

  // The unrecorded tasks have not yet announced their next visible operation, because they have
  // spawned a task, were woken, or joined a task that has ended. They continue before the next
  // choice, and no step is recorded for it. The task that was added last continues first.

  [[nodiscard]] bool has_unrecorded() const { return unrecorded_size_ != 0; }
  void add_unrecorded(Task& task) { unrecorded_[unrecorded_size_++] = &task; }
  /// Adds the tasks of a set, of which the one with the lowest TaskId continues first. task_of(id)
  /// returns the Task with that id.
  template <class TaskOf>
  void add_unrecorded(const TaskSet& tasks, const TaskOf& task_of) {
    Task** const first = unrecorded_.data() + unrecorded_size_;
    Task** last = first;
    tasks.for_each([&](TaskId id) { *last++ = &task_of(id); });
    std::reverse(first, last);
    unrecorded_size_ = static_cast<std::uint32_t>(last - unrecorded_.data());
  }
  /// Requires has_unrecorded().
  [[nodiscard]] Task* take_unrecorded() { return unrecorded_[--unrecorded_size_]; }
  void clear_unrecorded() { unrecorded_size_ = 0; }
  [[nodiscard]] std::span<Task* const> unrecorded() const {
    return {unrecorded_.data(), unrecorded_size_};
  }

 private:
  TaskSet enabled_;
  TaskSet yielded_;  ///< tasks that have yielded since their last steps and may be held back
  std::array<TaskSet, kTasksMax> awaited_{};   ///< the tasks for which each of yielded_ waits
  std::array<TaskSet, kTasksMax> released_{};  ///< by task: see released_by_yields()
  std::uint32_t unrecorded_size_ = 0;
  std::array<Task*, kTasksMax> unrecorded_{};
};

}  // namespace sim
