#pragma once

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// What `racelab show --svg` writes: a picture of the execution, for documents. Well-formed
/// whatever the names and values are; reads on a light and on a dark ground.
[[nodiscard]] std::string svg_image(const sim::ShownExecution& shown);

}  // namespace racelab
