// How the engine drains the tasks of a stopped execution: see drain.hpp.

#include <sim/engine/engine.hpp>

#include <cstdint>

#include <sim/engine/drain.hpp>

namespace sim {

void Engine::drain() {
  attention_ |= kDraining;
  observer_ = reporter_ = nullptr;
  watched_ = races_on_ = false;
  recorder_.stop();
  for (std::uint32_t i = 0; i < tasks_.size(); ++i) {
    Task& task = tasks_[task_at(i)];
    if (task.state == TaskState::failed) task.state = TaskState::running;
    if (abandons_ && task.state == TaskState::running) abandon(task);
  }
  abandons_ = false;
  // The newest task is drained first, because the objects that a task uses are usually on the stack
  // of an older task.
  for (std::uint32_t i = tasks_.size(); i-- > 0;) {
    Task& task = tasks_[task_at(i)];
    if (task.state != TaskState::running || task.set_aside) continue;
    resume_set_aside(task.id);
    scheduler_.clear_unrecorded();
    switch_from_host(drain::first_awaited(tasks_, scheduler_, task));
  }
  tasks_.for_each([this](const Task& task) {
    if (task.state == TaskState::running) abandon(tasks_[task.id]);
  });
}

/// Resumes the tasks that `parent` has made and that were set aside.
void Engine::resume_set_aside(TaskId parent) {
  tasks_.for_each([&](const Task& task) {
    const bool waits = task.state == TaskState::running && task.set_aside;
    if (!waits || task.maker != parent || task.id == parent) return;
    scheduler_.clear_unrecorded();
    switch_from_host(tasks_[task.id]);
  });
}

void Engine::abandon(Task& task) {
  ++abandoned_;
  tasks_.leave(task, TaskState::abandoned);
  scheduler_.disable(task.id);
}

void Engine::stop_waiting() {
  if (drain::may_stop(*current_)) throw TaskStop{};
}

void Engine::suspend_waiting() {
  Task& self = *current_;
  switch_to(self, suspend_while_draining(drain::may_set_aside(self)));
}

/// Called while draining, after a wait whose gate was destroyed.
void Engine::end_wait_at_lost_gate(StopBy by) {
  if (by == StopBy::exception) throw TaskStop{};
  abandon_current_task();
}

void Engine::abandon_current_task() {
  Task& self = *current_;
  self.leave_for(*suspend_while_draining(false), exceptions_);
}

/// Handles a scheduling point while draining. Returns the context to switch to.
Task* Engine::drained_point(StopBy by) {
  const drain::AtPoint what = drain::pass_point(*current_, by);
  if (what == drain::AtPoint::go_on) return current_;
  if (what == drain::AtPoint::stop) throw TaskStop{};
  return suspend_while_draining(what == drain::AtPoint::set_aside);
}

/// Suspends the calling task, and abandons it unless it is set aside. Returns the context to switch
/// to.
Task* Engine::suspend_while_draining(bool set_aside) {
  if (!set_aside) abandon(*current_);
  return unrecorded_or_host();
}

/// A separate function, so that wait_for() has no registers to save before it returns.
Task* Engine::wait_while_draining(Task& task) {
  Task& self = *current_;
  if (!drain::can_be_awaited(scheduler_, task, self)) return &self;
  scheduler_.add_unrecorded(self);
  task.drained_for_joiner = true;
  current_ = &drain::first_awaited(tasks_, scheduler_, task);
  return current_;
}

}  // namespace sim
