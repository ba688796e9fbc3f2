#pragma once

// Which tasks can go on. The scheduler knows the tasks whose pending operation could execute, those
// that sim::yield() holds back, and those that run on before the next choice is made. Which of them
// goes on is for the strategy to decide; the engine asks it in Engine::next().

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
  /// Begins an execution without tasks.
  void clear() {
    enabled_.clear();
    yielded_.clear();
    unrecorded_size_ = 0;
  }

  /// Tasks whose pending operation could execute. A task that is running is one of them.
  [[nodiscard]] const TaskSet& enabled() const { return enabled_; }
  void enable(TaskId task) { enabled_.insert(task); }
  void enable(const TaskSet& tasks) { enabled_ |= tasks; }
  void disable(TaskId task) { enabled_.erase(task); }

  /// Lets the tasks that wait at `gate` go on.
  void open(Gate& gate) {
    gate.closed = false;
    enabled_ |= gate.waiters;
  }
  /// Keeps the tasks that wait at `gate` waiting.
  void close(Gate& gate) {
    gate.closed = true;
    enabled_ -= gate.waiters;
  }
  /// `task` waits at `gate` from now on. Its operation is enabled while the gate is open.
  void wait_at(Gate& gate, TaskId task) {
    gate.waiters.insert(task);
    if (gate.closed) enabled_.erase(task);
  }

  /// Holds `task` back at the next choice, if another task can go on.
  void yield(TaskId task) { yielded_.insert(task); }
  [[nodiscard]] bool has_yielded() const { return !yielded_.empty(); }
  /// The tasks that the next choice must not offer. The choice after it offers them again.
  [[nodiscard]] TaskSet take_held_back() {
    const TaskSet held_back = enabled_ & yielded_;
    yielded_.clear();
    return held_back == enabled_ ? TaskSet{} : held_back;
  }

  // Tasks that have not yet come to their next visible operation, because they have made a task, or
  // because a task that they joined has ended or woken them. They run on, unrecorded, before the
  // next choice: the one that was added last comes first.

  [[nodiscard]] bool has_unrecorded() const { return unrecorded_size_ != 0; }
  void add_unrecorded(Task& task) { unrecorded_[unrecorded_size_++] = &task; }
  /// Adds the tasks of a set, so that the one with the lowest TaskId comes first. task_of(id) is
  /// the Task of an id.
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
  TaskSet yielded_;
  std::uint32_t unrecorded_size_ = 0;
  std::array<Task*, kTasksMax> unrecorded_{};
};

}  // namespace sim
