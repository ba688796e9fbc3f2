#pragma once

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// What `racelab show --perfetto` writes: the execution as a trace in the Trace Event Format, which
/// ui.perfetto.dev and chrome://tracing open. A thread for each task, a slice for each step, arrows
/// for what happens before what. Its times are logical ones.
[[nodiscard]] std::string perfetto_trace(const sim::ShownExecution& shown);

}  // namespace racelab
