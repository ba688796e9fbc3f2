#pragma once

#include <nlohmann/json.hpp>

#include <tools/racelab/export/shown.hpp>

namespace racelab {

/// What `racelab show --json` prints; docs/show.md says what each member means.
[[nodiscard]] nlohmann::ordered_json shown_json(const Shown& shown);

}  // namespace racelab
