#pragma once

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// What `racelab show --html` writes: a page that shows the execution to someone with a browser
/// and nothing else. It asks for no other file, and holds what execution_json() makes of `shown`.
[[nodiscard]] std::string html_page(const sim::ShownExecution& shown);

}  // namespace racelab
