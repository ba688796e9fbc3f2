#pragma once

// Encodes an outcome with all its facts as bytes, so that the process that ran an execution can
// send it to the process that reports it. See sim/base/bytes.hpp for the encoding of values.

#include <sim/base/bytes.hpp>
#include <sim/base/outcome.hpp>

namespace sim {

/// Appends `outcome`, except Outcome::entries, which has a meaning only together with the trace.
void write(ByteWriter& bytes, const Outcome& outcome);

/// Reads what write() has appended. Any bytes are safe to read: if they are not an outcome, `bytes`
/// fails (ByteReader::ok() is false), and the result must not be used.
[[nodiscard]] Outcome read_outcome(ByteReader& bytes);

}  // namespace sim
