#pragma once

#include <nlohmann/json.hpp>

#include <sim/report/shown_execution.hpp>

namespace sim {

/// What `racelab show --json` prints; docs/show.md says what each member means.
[[nodiscard]] nlohmann::ordered_json execution_json(const ShownExecution& shown);

}  // namespace sim
