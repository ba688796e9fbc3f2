#pragma once

// Builds the OpenTelemetry trace of a recorded execution, for `racelab show --otlp`.
// sim/report/spans.hpp encodes the spans.

#include <chrono>
#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// Returns the execution as one trace, encoded as an OTLP/HTTP request in JSON. The root span is
/// the execution; its children are the tasks that made a step or a mark, and their children are the
/// steps, named as the live lab names them. Times are logical and start at `begin`. The ids are a
/// hash of the schedule and of `begin`, so equal input gives equal ids.
[[nodiscard]] std::string otlp_request(const sim::ShownExecution& shown,
                                       std::chrono::system_clock::time_point begin);

}  // namespace racelab
