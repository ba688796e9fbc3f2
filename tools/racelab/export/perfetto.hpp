#pragma once

// Makes the trace that `racelab show --perfetto` writes, for ui.perfetto.dev and chrome://tracing.

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// The execution in the Trace Event Format: a thread for each task, a slice for each step, and
/// arrows for happens-before. Times are logical (see timeline.hpp).
[[nodiscard]] std::string perfetto_trace(const sim::ShownExecution& shown);

}  // namespace racelab
