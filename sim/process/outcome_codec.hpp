#pragma once

// An outcome as bytes, with all its facts: how it crosses the border between the process that ran
// an execution and the one that reports it. See sim/base/bytes.hpp for the encoding of values.

#include <sim/base/bytes.hpp>
#include <sim/base/outcome.hpp>

namespace sim {

/// Appends `outcome`, but for Outcome::entries, which mean something only beside their trace.
void write(ByteWriter& bytes, const Outcome& outcome);

/// Reads what write() has appended. Accepts any bytes; what is no outcome makes `bytes` fail, and
/// then the result means nothing.
[[nodiscard]] Outcome read_outcome(ByteReader& bytes);

}  // namespace sim
