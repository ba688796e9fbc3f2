#pragma once

// The happens-before order of a trace, computed from its conflicts: which step must come before
// which in every execution of the same Mazurkiewicz trace. The search by traces (sim/search/dpor)
// keeps one HappensBefore and replaces the end of its sequence for each execution; reports and
// tests assign() whole traces. docs/dpor.md has the theory, sim/memory/conflict.hpp the conflict
// relation.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/base/trace.hpp>
#include <sim/memory/conflict.hpp>
#include <sim/memory/vector_clock.hpp>

namespace sim {

/// The happens-before order of a sequence of trace entries. Entries are appended and removed at the
/// end only, so that a search which changes the end of an execution pays for that part only. The
/// order contains the steps of one task, the steps before and after a spawn, join or wake, and each
/// pair of conflicting steps; writes to jointly observed objects conflict too. The sequence must
/// come from an engine with EngineOptions::record_order.
class HappensBefore {
 public:
  /// An entry of the sequence.
  struct Node {
    TraceEntry entry;
    std::int32_t before;     ///< index of this task's previous entry, or of its spawn; -1 if none
    std::int32_t index;      ///< number of this step within its task, from 1; 0 if the entry is not
                             ///< a step
    std::uint32_t step;      ///< number of steps in the sequence before this entry
    std::uint32_t accesses;  ///< number of accesses that the steps before this entry made
  };

  /// Makes writes to the objects of one set conflict. Precondition: the sequence is empty.
  void observe_jointly(std::span<const std::vector<ObjectId>> sets);
  /// Makes room for executions of up to `tasks` tasks. Precondition: the sequence is empty.
  void reserve_tasks(std::size_t tasks);
  /// The length of each clock. Every task index is below it.
  [[nodiscard]] std::size_t tasks_max() const { return stride_; }

  /// Replaces the sequence by the entries of `trace`.
  void assign(const Trace& trace);

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// Keeps the first `size` entries.
  void truncate(std::size_t size);
  /// Appends an entry. Its task must be below tasks_max().
  void add(const TraceEntry& entry);

  [[nodiscard]] const Node& operator[](std::size_t entry) const { return nodes_[entry]; }
  /// The index of the entry that is step number `step`, from 0.
  [[nodiscard]] std::uint32_t entry_of(std::size_t step) const { return steps_[step]; }
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }
  /// Vector clock of `entry`, itself included.
  [[nodiscard]] ClockView clock(std::size_t entry) const {
    return {clocks_.data() + entry * stride_, stride_};
  }
  /// Whether step entry `a` happens before the entry whose clock is `clock`, or is that entry.
  [[nodiscard]] bool in(std::size_t a, ClockView clock) const {
    return clock[index_of(nodes_[a].entry.task)] >= nodes_[a].index;
  }
  /// Whether step entry `a` happens before entry `b`. Requires a < b.
  [[nodiscard]] bool ordered(std::size_t a, std::size_t b) const { return in(a, clock(b)); }
  /// Whether a step with footprint `step` conflicts with step entry `a`.
  [[nodiscard]] bool conflicts(std::size_t a, const Footprint& step) const;
  /// A hash of the Mazurkiewicz trace: equal for two sequences of the same trace, and otherwise
  /// different but for a collision of 64-bit hashes. Precondition for a comparison: both executions
  /// made their tasks in the same order.
  [[nodiscard]] std::uint64_t fingerprint() const;
  /// The index of the last entry of `task`, or of its spawn; -1 if none.
  [[nodiscard]] std::int32_t last_of(TaskId task) const { return last_[index_of(task)]; }
  /// Whether the task of the spawn at `entry` has taken the place of one that has ended.
  [[nodiscard]] bool takes_place(std::size_t entry) const;
  /// Index of the last write to the object of `step` that found the object in a state in which
  /// `step` could have been executed; -1 if none. `step` is an operation that may wait. If it was
  /// executed, `entry` is its index, and only earlier writes count.
  [[nodiscard]] std::int32_t last_enabling(const TraceEntry& step,
                                           std::optional<std::uint32_t> entry) const;

  /// The entries of the steps that race with the step added last, latest first. Two steps race if
  /// only their conflict orders them. A blocking operation never races with the operation that
  /// unblocked it.
  [[nodiscard]] std::span<const std::uint32_t> races() const { return races_; }

 private:
  struct Object {
    std::int32_t write = -1;          ///< index of the last access that writes; -1 if none
    std::int32_t read = -1;           ///< index of the last access that reads, after that write
    std::vector<std::uint32_t> sets;  ///< the jointly observed sets that contain it, by index in
                                      ///< `objects_`
  };
  struct Access {
    std::uint32_t object;
    std::uint32_t entry;
    std::int32_t write_before;
    std::int32_t read_before;
    bool writes;
  };

  std::int32_t* row(std::size_t entry) { return clocks_.data() + entry * stride_; }
  void merge(std::int32_t* clock, const std::int32_t* other) const {
    merge_clocks(clock, other, stride_);
  }
  std::uint32_t number_of(ObjectId id);
  [[nodiscard]] const Object* find(ObjectId id) const;
  [[nodiscard]] bool are_observed_jointly(ObjectId a, ObjectId b) const;
  void add_step(Node& node);
  void access_second(ObjectId id, std::uint32_t entry);
  void access(std::uint32_t object, std::uint32_t entry, bool writes);
  void collect_conflicts(std::uint32_t object, bool writes);
  void collect_further_conflicts(const TraceEntry& entry, std::uint32_t object);

  bool has_joint_sets_ = false;
  std::size_t stride_ = 0;  ///< numbers in a clock; a multiple of kClockBlock
  std::vector<Node> nodes_;
  std::vector<std::int32_t> clocks_;
  std::vector<std::uint32_t> steps_;
  std::vector<Access> accesses_;
  std::vector<std::int32_t> last_;    ///< by task
  std::vector<std::int32_t> counts_;  ///< steps by task
  /// A spawn of a task in the place of an ended one, and the last entry of that one.
  struct Reused {
    std::size_t spawn;
    std::int32_t last;
  };
  std::vector<Reused> reused_;  ///< in the order of the entries
  std::vector<Object> objects_;
  std::vector<std::vector<std::uint32_t>> numbers_;  ///< by creator and place_of(): 1 + index in
                                                     ///< `objects_`
  std::vector<std::uint32_t> conflicts_;
  std::vector<std::uint32_t> races_;
};

}  // namespace sim
