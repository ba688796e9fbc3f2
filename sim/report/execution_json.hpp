#pragma once

// The JSON object for an execution: what `racelab show --json` prints, the page of `--html` shows
// and the lab's simulator returns. docs/show.md documents its members.

#include <nlohmann/json.hpp>

#include <sim/report/shown_execution.hpp>

namespace sim {

/// The execution as one JSON object.
[[nodiscard]] nlohmann::ordered_json execution_json(const ShownExecution& shown);

}  // namespace sim
