#pragma once

// A search that was interrupted, as a value: its results so far and what it has left to explore.
// The racelab command writes it to checkpoint files; the processes of a search exchange the same
// encoding.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// A search that has not ended. Any process that runs the same program can continue it.
struct SavedSearch {
  Exploration found;  ///< the results so far, without recordings
  double share = 0;   ///< SearchProgress::share; below 0 if it is not known
  /// The work units that are left to explore (SplittableStrategy); an empty unit stands for the
  /// whole search. The vector is empty if nothing is left, or if the search stopped at a failure,
  /// after which it cannot be continued.
  std::vector<std::string> work_units;
};

/// Writes or reads a group, without its recording. If the input is not the encoding of a group,
/// read() makes `in` fail.
void write(ByteWriter& out, const FailureGroup& group);
void read(ByteReader& in, FailureGroup& group);

/// Encodes the results of a search, except for recordings and `complete`.
std::string to_bytes(const Exploration& found);
/// Merges the results that to_bytes() encoded into `found`. Returns false, and changes nothing, if
/// `bytes` is not such an encoding.
[[nodiscard]] bool from_bytes(std::string_view bytes, Exploration& found);

/// Encodes or decodes trace entries. from_bytes() appends to `entries`, and returns false if
/// `bytes` is not such an encoding.
std::string to_bytes(std::span<const TraceEntry> entries);
[[nodiscard]] bool from_bytes(std::string_view bytes, std::vector<TraceEntry>& entries);

}  // namespace sim
