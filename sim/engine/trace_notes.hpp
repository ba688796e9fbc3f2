#pragma once

// What a search must know of an execution beside the entries of its trace: the side tables of
// TraceContext, which point to trace entries by index.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>

namespace sim {

class TraceNotes {
 public:
  void clear();
  /// A view of the notes. Valid until they change.
  [[nodiscard]] TraceContext context(std::span<const TaskOrigin> tasks) const {
    TraceContext context;
    context.blocked = blocked;
    context.jointly_observed = jointly_observed;
    context.comparisons = comparisons;
    context.admissions = admissions;
    context.transient_invariant = transient_invariant;
    context.yielded = yielded;
    context.tasks = tasks;
    return context;
  }
  /// Notes that the step `entry` has written a value with these memory_bits().
  void note_written(std::size_t entry, std::uint64_t bits) { written_.push_back({entry, bits}); }
  /// Calls found(entry, bits) for each write of `object` in `entries`, the last first, until it
  /// returns false. `bits` are those of the value that was written: as note_written() was told, if
  /// `noted`, else the value of the trace entry.
  template <class Found>
  void for_each_write(std::span<const TraceEntry> entries, ObjectId object, bool noted,
                      const Found& found) const {
    std::size_t note = written_.size();
    for (std::size_t i = entries.size(); i-- > 0;) {
      const TraceEntry& entry = entries[i];
      if (entry.object != object || !entry.is_write()) continue;
      while (noted && note > 0 && written_[note - 1].entry > i) --note;
      if (!found(i, noted ? written_[note - 1].bits : entry.result_bits())) return;
    }
  }

  std::vector<BlockedTask> blocked;
  std::vector<std::vector<ObjectId>> jointly_observed;  ///< by each invariant on several objects
  std::vector<Comparison> comparisons;
  std::vector<Admission> admissions;
  bool transient_invariant = false;
  bool yielded = false;

 private:
  struct Written {
    std::size_t entry;
    std::uint64_t bits;
  };

  std::vector<Written> written_;  ///< in trace order
};

inline void TraceNotes::clear() {
  blocked.clear();
  jointly_observed.clear();
  comparisons.clear();
  admissions.clear();
  written_.clear();
  transient_invariant = false;
  yielded = false;
}

}  // namespace sim
