#pragma once

#include <string>

#include <tools/racelab/export/shown.hpp>

namespace racelab {

/// What `racelab show --html` writes: a page that shows the execution to someone with a browser
/// and nothing else. It asks for no other file, and holds what shown_json() makes of `shown`.
[[nodiscard]] std::string html_page(const Shown& shown);

}  // namespace racelab
