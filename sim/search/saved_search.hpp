#pragma once

// A search that was interrupted, as a value: what it has found and what it has left to explore. The
// command writes it to checkpoint files; the processes of a search exchange the same bytes.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// A search that has not ended. Any process that runs the same program can continue it.
struct SavedSearch {
  Exploration found;  ///< without recordings
  double share = 0;   ///< SearchProgress::share; below 0 if it is not known
  /// The work units that are left to explore (SplittableStrategy); an empty unit stands for the
  /// whole search. The vector is empty if nothing is left, or if the search stopped at a failure,
  /// after which it cannot be continued.
  std::vector<std::string> work_units;
};

/// Write and read a group, without its recording. Reading anything else makes `in` fail.
void write(ByteWriter& out, const FailureGroup& group);
void read(ByteReader& in, FailureGroup& group);

/// Encodes what was found, except for recordings and `complete`.
std::string to_bytes(const Exploration& found);
/// Merges into `found` what to_bytes() encoded. Returns false, and changes nothing, if `bytes` are
/// anything else.
[[nodiscard]] bool from_bytes(std::string_view bytes, Exploration& found);

/// Encodes trace entries, or decodes them. Decoding appends to `entries` and returns false if
/// `bytes` are anything else.
std::string to_bytes(std::span<const TraceEntry> entries);
[[nodiscard]] bool from_bytes(std::string_view bytes, std::vector<TraceEntry>& entries);

}  // namespace sim
