#include <sim/diagnose/deadlock_pattern.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include <sim/diagnose/explanation.hpp>

namespace sim {
namespace {

/// How a task is stuck in a cycle of tasks of which each waits for a lock that the next one holds.
struct LockWait {
  std::size_t task = 0;
  bool shared = false;  ///< whether it waits to hold the lock shared
  ObjectId lock{};
  std::vector<std::size_t> held_by;
};

class DeadlockNamer {
 public:
  DeadlockNamer(const Recording& recording, std::span<const Ordering> necessary,
                bool passes_if_woken)
      : recording_(recording),
        necessary_(necessary),
        passes_if_woken_(passes_if_woken),
        deadlock_(*recording.outcome.as<Deadlock>()) {
    for (const WaitingTask& task : deadlock_.tasks) note_lock_wait(task);
  }

  [[nodiscard]] FailurePattern find() const {
    if (const FailurePattern cycle = lock_cycle(); cycle != FailurePattern::unknown) return cycle;
    const auto loses = [&](const WaitingTask& task) { return lost_wake_up(task); };
    if (std::any_of(deadlock_.tasks.begin(), deadlock_.tasks.end(), loses)) {
      return FailurePattern::lost_wake_up;
    }
    return all_wait_for_arrivals() ? FailurePattern::stuck_barrier : FailurePattern::unknown;
  }

 private:
  [[nodiscard]] const RecordedEvent& event(std::size_t i) const {
    return recording_.event_or_waiting(i);
  }

  // Cycles of locks.

  void note_lock_wait(const WaitingTask& task) {
    const auto* const wait = std::get_if<WaitsToExecute>(&task.waits_for);
    if (wait == nullptr || !waits_for_lock(wait->operation)) return;
    LockWait lock{index_of(task.task.id),
                  row_of(wait->operation).synchronization == Synchronization::lock_shared,
                  wait->object.id,
                  {}};
    for (const Holder& holder : wait->held_by) {
      if (!holder.ended) lock.held_by.push_back(index_of(holder.task.id));
    }
    lock_waits_.push_back(std::move(lock));
  }

  [[nodiscard]] const LockWait* wait_of(std::size_t task) const {
    const auto found = std::find_if(lock_waits_.begin(), lock_waits_.end(),
                                    [&](const LockWait& wait) { return wait.task == task; });
    return found == lock_waits_.end() ? nullptr : &*found;
  }

  /// Whether the last lock of `task` on `mutex` that succeeded was shared.
  [[nodiscard]] bool holds_shared(std::size_t task, ObjectId mutex) const {
    for (auto e = recording_.events.rbegin(); e != recording_.events.rend(); ++e) {
      if (!e->is_step() || e->failed || e->task != task || e->object != mutex) continue;
      if (e->entry().only_queues()) continue;
      const Synchronization does = row_of(e->operation).synchronization;
      if (does == Synchronization::lock_shared) return true;
      if (does == Synchronization::lock) return false;
    }
    return false;
  }

  /// The tasks that keep `wait` waiting: those that hold the lock and, if a writer that waits holds
  /// readers back, that writer.
  [[nodiscard]] std::vector<std::size_t> awaited_by(const LockWait& wait) const {
    std::vector<std::size_t> tasks = wait.held_by;
    for (const LockWait& other : lock_waits_) {
      if (wait.shared && !other.shared && other.lock == wait.lock) tasks.push_back(other.task);
    }
    return tasks;
  }

  /// Finds a path of waits from `wait` back to `goal`, depth first. `path` gets its waits.
  [[nodiscard]] bool leads_to(std::size_t goal, const LockWait& wait, std::set<std::size_t>& seen,
                              std::vector<const LockWait*>& path) const {
    if (!seen.insert(wait.task).second) return false;
    path.push_back(&wait);
    for (const std::size_t next : awaited_by(wait)) {
      if (next == goal) return true;
      const LockWait* const its = wait_of(next);
      if (its != nullptr && leads_to(goal, *its, seen, path)) return true;
    }
    path.pop_back();
    return false;
  }

  [[nodiscard]] FailurePattern lock_cycle() const {
    for (const LockWait& wait : lock_waits_) {
      std::set<std::size_t> seen;
      std::vector<const LockWait*> cycle;
      if (!leads_to(wait.task, wait, seen, cycle)) continue;
      const bool shared = std::any_of(cycle.begin(), cycle.end(), [&](const LockWait* one) {
        return one->shared ||
               std::any_of(one->held_by.begin(), one->held_by.end(),
                           [&](std::size_t task) { return holds_shared(task, one->lock); });
      });
      if (shared) return FailurePattern::reader_writer_deadlock;
      return cycle.size() == 1 ? FailurePattern::self_deadlock : FailurePattern::lock_order_cycle;
    }
    return FailurePattern::unknown;
  }

  // Notifications.

  /// The step in which the task began to sleep; empty if it does not sleep.
  [[nodiscard]] std::optional<std::size_t> sleeps_since(const WaitingTask& task) const {
    if (!std::holds_alternative<WaitsForNotification>(task.waits_for)) return std::nullopt;
    const std::size_t who = index_of(task.task.id);
    for (std::size_t i = recording_.events.size(); i-- > 0;) {
      const RecordedEvent& e = event(i);
      if (e.is_step() && e.task == who) {
        return begins_to_sleep(e.operation) ? std::optional{i} : std::nullopt;
      }
    }
    return std::nullopt;
  }

  /// The queue in which a task sleeps after the step `sleep`.
  [[nodiscard]] static ObjectId queue_after(const RecordedEvent& sleep) {
    const bool on_atomic = row_of(sleep.operation).also_writes == AlsoWrites::queue;
    return on_atomic ? queue_of(sleep.object) : sleep.object;
  }

  /// Whether `task` notifies `queue` in an event from `begin` on and before `end`.
  [[nodiscard]] bool notifies(std::size_t task, ObjectId queue, std::size_t begin,
                              std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      const RecordedEvent& e = event(i);
      if (e.is_step() && e.task == task && e.operation == OperationKind::notify &&
          e.object == queue) {
        return true;
      }
    }
    return false;
  }

  /// Whether the task can still make steps only after another task has ended, or none at all: it
  /// joins, or has ended.
  [[nodiscard]] bool has_nothing_to_do(std::size_t task) const {
    const auto is_task = [&](const TaskRef& other) { return index_of(other.id) == task; };
    if (std::any_of(deadlock_.others.begin(), deadlock_.others.end(), is_task)) return false;
    return std::all_of(deadlock_.tasks.begin(), deadlock_.tasks.end(),
                       [&](const WaitingTask& waiting) {
                         return index_of(waiting.task.id) != task || waiting.joins();
                       });
  }

  [[nodiscard]] bool lost_wake_up(const WaitingTask& task) const {
    const std::optional<std::size_t> sleep = sleeps_since(task);
    return sleep && (comes_too_late(*sleep) || sleeps_on_old_value(*sleep) ||
                     (passes_if_woken_ &&
                      row_of(event(*sleep).operation).also_writes == AlsoWrites::released_mutex));
  }

  /// Whether the sleep must come after a notification, or after a write that the writer notifies
  /// before the sleep begins: then the notification comes too early.
  [[nodiscard]] bool comes_too_late(std::size_t sleep) const {
    const ObjectId queue = queue_after(event(sleep));
    return std::any_of(necessary_.begin(), necessary_.end(), [&](const Ordering& order) {
      return order.second == sleep &&
             notifies(event(order.first).task, queue, order.first, order.second);
    });
  }

  /// Whether the task sleeps in an atomic wait although the value has changed, and the task that
  /// changed it has notified or will not do so.
  [[nodiscard]] bool sleeps_on_old_value(std::size_t sleep) const {
    const RecordedEvent& waits = event(sleep);
    if (row_of(waits.operation).also_writes != AlsoWrites::queue) return false;
    const std::size_t made = recording_.events.size();
    for (std::size_t i = made; i-- > sleep + 1;) {
      const RecordedEvent& e = event(i);
      if (!e.is_step() || e.object != waits.object || !e.entry().is_write()) continue;
      if (e.bits == waits.bits) return false;
      return has_nothing_to_do(e.task) || notifies(e.task, queue_after(waits), i, made);
    }
    return false;
  }

  // Barriers.

  [[nodiscard]] bool all_wait_for_arrivals() const {
    bool any = false;
    for (const WaitingTask& task : deadlock_.tasks) {
      if (task.joins()) continue;
      const auto* const wait = std::get_if<WaitsToExecute>(&task.waits_for);
      if (wait == nullptr || row_of(wait->operation).requires_state != Requirement::arrivals) {
        return false;
      }
      any = true;
    }
    return any;
  }

  const Recording& recording_;
  std::span<const Ordering> necessary_;
  bool passes_if_woken_;
  const Deadlock& deadlock_;
  std::vector<LockWait> lock_waits_;
};

}  // namespace

FailurePattern deadlock_pattern(const Recording& recording, std::span<const Ordering> necessary,
                                bool passes_if_woken) {
  if (recording.outcome.as<Deadlock>() == nullptr) return FailurePattern::unknown;
  return DeadlockNamer{recording, necessary, passes_if_woken}.find();
}

}  // namespace sim
