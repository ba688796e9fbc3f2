#pragma once

// Makes the attributes of a transfer's span. They have the names that the live lab uses (see
// http/api/transfer_spans.cpp), so that simulated and live transfers can be searched together.

#include <cstddef>

#include <sim/report/shown_execution.hpp>
#include <sim/report/spans.hpp>

namespace racelab {

/// Returns the attributes of a task that describes itself as a transfer, as in "transfer alice bob
/// 800.00"; empty for any other task.
[[nodiscard]] sim::SpanAttributes transfer_attributes(const sim::ShownExecution& shown,
                                                      std::size_t task);

}  // namespace racelab
