#pragma once

// Makes the page that `racelab show --html` writes.

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// An HTML page to step through the execution. It needs no other file and contains the result of
/// execution_json().
[[nodiscard]] std::string html_page(const sim::ShownExecution& shown);

}  // namespace racelab
