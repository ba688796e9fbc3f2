#pragma once

// Makes the picture that `racelab show --svg` writes, for documents.

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// The execution as an SVG image. It is well-formed for any names and values, and legible on a
/// light and on a dark background.
[[nodiscard]] std::string svg_image(const sim::ShownExecution& shown);

}  // namespace racelab
