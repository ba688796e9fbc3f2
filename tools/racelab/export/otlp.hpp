#pragma once

#include <chrono>
#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// What `racelab show --otlp` sends: the execution as one trace, in an OTLP/HTTP request in its
/// JSON encoding. A span for the execution, below it one for each task that did something, below
/// that one for each step, named as the live lab names them. Times are logical ones from `begin`
/// on. The ids are a hash of the schedule and `begin`: the same of the same.
[[nodiscard]] std::string otlp_request(const sim::ShownExecution& shown,
                                       std::chrono::system_clock::time_point begin);

}  // namespace racelab
