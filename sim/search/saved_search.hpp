#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/search/explorer.hpp>

namespace sim {

/// A search that is not at its end: what it has found, and what it has left to explore. A value; it
/// means the same to another process that runs the same program.
struct SavedSearch {
  Exploration found;  ///< recordings are left out
  double share = 0;   ///< SearchProgress::share; below 0: not known
  /// Of SplittableStrategy; an empty one is the whole search. None: there is nothing left or,
  /// behind a failure that the search stopped at, nothing that it could go on with.
  std::vector<std::string> parts;
};

/// Writes and reads a group, without its recording. Reading makes `in` fail if it is not one.
void write(ByteWriter& out, const FailureGroup& group);
void read(ByteReader& in, FailureGroup& group);

/// Bytes for what was found; recordings and `complete` are left out.
std::string to_bytes(const Exploration& found);
/// Appends to `found` what to_bytes() made. False where `bytes` are something else.
[[nodiscard]] bool from_bytes(std::string_view bytes, Exploration& found);

/// Trace entries as bytes, and back; false where `bytes` are something else.
std::string to_bytes(std::span<const TraceEntry> entries);
[[nodiscard]] bool from_bytes(std::string_view bytes, std::vector<TraceEntry>& entries);

}  // namespace sim
