#pragma once

// What a primitive can ask of the running execution, or tell it, without a switch to another task:
// who runs, what the present step did, and the virtual clock. Engine adds the operations that may
// switch.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <sim/base/name.hpp>
#include <sim/base/object.hpp>
#include <sim/base/task_set.hpp>
#include <sim/engine/execution_state.hpp>
#include <sim/engine/gate.hpp>
#include <sim/engine/observer.hpp>
#include <sim/engine/task.hpp>

namespace sim {

/// A base of Engine. All its functions are called from inside tasks. Those that handle the index of
/// an entry are not inlined, because an index that stays in the frame of the code under test would
/// keep SpinWatch from recognizing a loop.
class RunningExecution : public ExecutionState {
 public:
  [[nodiscard]] TaskId current_task() const { return current_->id; }
  /// Whether the execution has ended and its tasks are being drained.
  [[nodiscard]] bool draining() const { return (attention_ & kDraining) != 0; }
  /// The observer of this execution, if there is one that wants texts, or null.
  [[nodiscard]] Observer* observer() const { return reporter_; }

  /// Closes `gate`: disables the tasks that wait at it.
  void close(Gate& gate) { scheduler_.close(gate); }
  /// Opens `gate`: enables the tasks that wait at it.
  void open(Gate& gate) { scheduler_.open(gate); }
  /// Appends the calling task to `queue`. Called as part of a step.
  void enqueue(ObjectId queue) { sleepers_.enqueue(current_->id, queue); }
  /// Called when the calling task has locked a mutex, in any mode, and when it has unlocked one.
  void note_locked() { ++current_->holds; }
  void note_unlocked() { --current_->holds; }
  /// Called in a step that has changed the object, if may_change_nothing() is true for its kind.
  void note_change() { current_->spin.clear(); }

  /// Registers `call(argument)` to be called when the calling task ends. The call that was
  /// registered last is made first.
  void at_task_end(void (*call)(void*), void* argument) {
    exits_.add(current_->id, call, argument);
  }
  /// Removes all calls with `argument` that any task has registered.
  void forget_task_ends(void* argument) { exits_.forget(argument); }

  /// Records that the code under test uses `order`. If that is weaker than seq_cst, it has no
  /// effect on the values that are read.
  void note_order(std::memory_order order) {
    if (order != std::memory_order_seq_cst) weak_orders_ = true;
  }
  /// Says which value the compare_exchange that the calling task announces next expects, as
  /// memory_bits().
  void announce_expected(std::uint64_t memory_bits) { current_->expected = memory_bits; }
  /// Records the values that the present step, a compare_exchange, compares, as memory_bits().
  [[gnu::noinline]] void note_comparison(std::uint64_t expected, std::uint64_t found) {
    if (!draining()) notes_.comparisons.push_back({this_entry(), expected, found});
  }
  /// Records the value that the present step has written, if value_bits() does not determine it.
  [[gnu::noinline]] void note_written(std::uint64_t memory_bits) {
    if (records_order()) notes_.note_written(this_entry(), memory_bits);
  }
  /// Records that the present step has waited at `awaiter`.
  [[gnu::noinline]] void note_admission(const Awaiter& awaiter) {
    if (!draining()) notes_.admissions.push_back({this_entry(), awaiter.admitted_by});
  }
  /// Calls TraceNotes::for_each_write() for the present trace. Requires records_order().
  template <class Found>
  void for_each_write(ObjectId object, bool noted, const Found& found) const {
    notes_.for_each_write(recorder_.entries(), object, noted, found);
  }
  /// Whether EngineOptions::record_order is set and the execution is not being drained.
  [[nodiscard]] bool records_order() const { return options_.record_order && !draining(); }
  /// The index of the trace entry of the present step.
  [[nodiscard]] std::size_t this_entry() const { return recorder_.last_index(); }

  /// Whether `task` has returned from its function.
  [[nodiscard]] bool ended(TaskId task) const { return tasks_[task].state == TaskState::ended; }
  /// Whether the pending operation of `task` can be executed, even if yield() delays it.
  [[nodiscard]] bool is_enabled(TaskId task) const { return scheduler_.enabled().contains(task); }
  /// Executes a fence of the calling task.
  void fence(std::memory_order order) {
    if (races_on_ && !draining()) races_->fence(current_->id, order);
  }
  /// Orders the calling task after all tasks that have arrived at `object` in `phase`.
  void complete_phase(ObjectId object, std::uint64_t phase) {
    if (races_on_ && !draining()) races_->complete(current_->id, object, phase);
  }
  /// Registers a view. The observer is told what view() returns at a failure or when the view is
  /// removed.
  void add_state_view(const std::function<std::string()>* view) { state_views_.push_back(view); }

  /// Nanoseconds since the execution began. Must be called only in an operation on kClock.
  [[nodiscard]] std::int64_t now_ns() const { return clock_.now_ns(); }
  /// Moves the clock forward to `ns`, if it is earlier than that. Called as part of a step that
  /// writes kClock.
  void move_clock_to(std::int64_t ns) { clock_.move_to(ns); }
  /// Whether a wait that the calling task begins now may end at its deadline.
  bool may_time_out() { return clock_.may_time_out(*current_) || draining(); }
  /// Ends a wait of the calling task at its deadline, `deadline_ns`. Called as part of a step.
  void time_out(std::int64_t deadline_ns) { clock_.time_out(*current_, deadline_ns); }
  /// Says whether the calling task waits without a deadline because a bound does not allow another
  /// time-out. A deadlock in which such a task takes part may be caused by the bound, and is not
  /// reported.
  void set_bounded_wait(bool waits) { current_->waits_bounded = waits; }
  /// Whether a wait of the calling task may end, or its operation fail, spuriously.
  bool may_be_spurious() {
    return clock_.has_spurious() && (clock_.may_be_spurious(*current_) || draining());
  }
  /// Counts a wait of the calling task that ended, or an operation that failed, spuriously.
  void note_spurious() { ++current_->spurious; }

  // The lifetime of objects, for sim::SharedObject.

  /// The number of the running execution in this process. An object of another execution has
  /// another number.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// Whether an object of this execution has ended.
  [[nodiscard]] bool has_ended_objects() const { return any_ended_; }
  /// Whether the object whose SharedObject lies at `address` has ended.
  [[nodiscard]] bool is_ended(const void* address) {
    return ended_.may_contain(address) && ended_.find(address) != nullptr;
  }
  /// Whether the end of an object is a step. It is, unless the calling task has joined all other
  /// tasks: in this or another interleaving, a task that was not joined may use the object later.
  [[nodiscard]] bool is_end_visible() const {
    return (created_ - current_->joined) != TaskSet::of(current_->id) && !draining();
  }
  /// Called when an object is made at `address`.
  void forget_ended(const void* address) { ended_.forget(address); }
  /// Adds an object that was made outside any execution.
  void add_static_object(ObjectId object, ObjectKind kind, const Name& name) {
    names_.add_object(object, kind, name);
  }

 protected:
  using ExecutionState::ExecutionState;
};

}  // namespace sim
