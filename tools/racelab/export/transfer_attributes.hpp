#pragma once

#include <cstddef>

#include <sim/report/shown_execution.hpp>
#include <tools/racelab/export/span_attributes.hpp>

namespace racelab {

/// What the live lab says of a transfer in its spans, in the same words, so that the two can be
/// searched for and read side by side. Empty of a task that is no transfer: one that describes
/// itself as in "transfer alice bob 800.00" is.
[[nodiscard]] SpanAttributes transfer_attributes(const sim::ShownExecution& shown,
                                                 std::size_t task);

}  // namespace racelab
