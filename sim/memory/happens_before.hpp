#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>

namespace sim {

/// How many steps of each task happen before a point or at it: a vector clock, one number a task.
/// Mattern, "Virtual time and global states of distributed systems" (1989).
using ClockView = std::span<const std::int32_t>;

/// What happens before what in a sequence of trace entries that grows at its end and can be cut
/// back there, so that a search which changes the end of an execution pays for that part only.
/// Ordered are the steps of a task, those before and after a spawn, join or wake, and each two
/// steps on one object of which at least one writes; writes to coupled objects likewise.
/// The sequence must have been made with EngineOptions::record_order.
class Causality {
 public:
  /// An entry of the sequence.
  struct Node {
    TraceEntry entry;
    std::int32_t before;     ///< the entry its task was at: of its own, or its spawn; -1: none
    std::int32_t index;      ///< of a step: how many its task has made, with this one
    std::uint32_t step;      ///< how many steps the sequence has before it
    std::uint32_t accesses;  ///< likewise accesses of objects
  };

  /// Writes to the objects of one set do not commute. Only while the sequence is empty.
  void couple(std::span<const std::vector<ObjectId>> sets);
  /// Makes room for executions of so many tasks. Only while the sequence is empty.
  void reserve_tasks(std::size_t tasks);
  [[nodiscard]] std::size_t tasks_max() const { return stride_; }

  /// The sequence of `trace`, in place of what was there.
  void assign(const Trace& trace);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// Keeps the first `size` entries.
  void cut(std::size_t size);
  /// Appends an entry; its task must be below tasks_max().
  void add(const TraceEntry& entry);

  [[nodiscard]] const Node& operator[](std::size_t entry) const { return nodes_[entry]; }
  /// The entry that is step number `step`, from 0.
  [[nodiscard]] std::uint32_t entry_of(std::size_t step) const { return steps_[step]; }
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }
  /// What happens before entry `entry` or is it.
  [[nodiscard]] ClockView clock(std::size_t entry) const {
    return {clocks_.data() + entry * stride_, stride_};
  }
  /// Whether step entry `a` is in `clock`.
  [[nodiscard]] bool in(std::size_t a, ClockView clock) const {
    return clock[index_of(nodes_[a].entry.task)] >= nodes_[a].index;
  }
  /// Whether `step`, which changes what it may change if `changes`, does not commute with step
  /// entry `a`.
  [[nodiscard]] bool conflict(std::size_t a, const TraceEntry& step, bool changes) const;
  /// Whether step entry `a` happens before entry `b`, a later one.
  [[nodiscard]] bool ordered(std::size_t a, std::size_t b) const { return in(a, clock(b)); }
  /// Equal for two sequences exactly where they are the same Mazurkiewicz trace, but for a
  /// collision of 64-bit hashes. Tasks must have been made in the same order.
  [[nodiscard]] std::uint64_t fingerprint() const;
  /// The entry that a task is at, -1 where it has none: its own last one, or its spawn.
  [[nodiscard]] std::int32_t last_of(TaskId task) const { return last_[index_of(task)]; }
  /// The last write of the object of `step`, an operation that may have to wait, which admits() it;
  /// where it was executed, as `entry`, before that one. -1: none.
  [[nodiscard]] std::int32_t last_admitting(const TraceEntry& step,
                                            std::optional<std::uint32_t> entry) const;

  /// The steps that are in a race with the step added last, latest first: they are ordered before
  /// it by this conflict only. An operation that waits is in none with what it waited for.
  [[nodiscard]] std::span<const std::uint32_t> races() const { return races_; }

 private:
  struct Object {
    std::int32_t write = -1;          ///< the last access that writes
    std::int32_t read = -1;           ///< the last access that reads, behind it
    std::vector<std::uint32_t> sets;  ///< of coupled objects that it belongs to, as objects
  };
  struct Access {
    std::uint32_t object;
    std::uint32_t entry;
    std::int32_t write_before;
    std::int32_t read_before;
    bool writes;
  };

  std::int32_t* row(std::size_t entry) { return clocks_.data() + entry * stride_; }
  void copy(std::int32_t* clock, const std::int32_t* other) const;
  void merge(std::int32_t* clock, const std::int32_t* other) const;
  std::uint32_t number_of(ObjectId id);
  [[nodiscard]] const Object* find(ObjectId id) const;
  [[nodiscard]] bool are_coupled(ObjectId a, ObjectId b) const;
  void add_step(Node& node);
  void access_second(ObjectId id, std::uint32_t entry);
  void access(std::uint32_t object, std::uint32_t entry, bool writes);
  void collect_conflicts(std::uint32_t object, bool writes);
  void collect_further_conflicts(const TraceEntry& entry, std::uint32_t object);

  bool coupled_ = false;
  std::size_t stride_ = 0;  ///< numbers in a clock
  std::vector<Node> nodes_;
  std::vector<std::int32_t> clocks_;
  std::vector<std::uint32_t> steps_;
  std::vector<Access> accesses_;
  std::vector<std::int32_t> last_;    ///< by task
  std::vector<std::int32_t> counts_;  ///< steps by task
  std::vector<Object> objects_;
  std::vector<std::vector<std::uint32_t>> numbers_;  ///< by creator and ordinal: 1 + the object
  std::vector<std::uint32_t> conflicts_;
  std::vector<std::uint32_t> races_;
};

}  // namespace sim
