#pragma once

// The data about an execution that a search needs in addition to the entries of its trace. These
// are the tables of TraceContext, which refer to trace entries by index.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>

namespace sim {

class TraceNotes : public TraceContext {
 public:
  void clear();
  /// Records that the step at `entry` has written a value whose memory_bits() are `bits`.
  void note_written(std::size_t entry, std::uint64_t bits) { written_.push_back({entry, bits}); }
  /// Calls found(entry, bits) for each write to `object` in `entries`, the last one first, until it
  /// returns false. `bits` are those of the written value: from note_written() if `noted` is set,
  /// otherwise from the trace entry.
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
  after_yields.clear();
}

}  // namespace sim
