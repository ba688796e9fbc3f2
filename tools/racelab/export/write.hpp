#pragma once

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// How an export went.
struct Exported {
  std::string problem;  ///< what went wrong and what to do, or empty
  std::string done;     ///< what was done, for the user
};

/// Writes html_page() to `file`, in place of what is there.
[[nodiscard]] Exported write_html(const sim::ShownExecution& shown, const std::string& file);

/// Writes svg_image() to `file`, in place of what is there.
[[nodiscard]] Exported write_svg(const sim::ShownExecution& shown, const std::string& file);

/// Writes perfetto_trace() to `file`, in place of what is there.
[[nodiscard]] Exported write_perfetto(const sim::ShownExecution& shown, const std::string& file);

/// Sends otlp_request() to a collector, where `where` is its address as in "http://localhost:4318",
/// or writes it to the file `where`. The execution begins now.
[[nodiscard]] Exported write_spans(const sim::ShownExecution& shown, const std::string& where);

}  // namespace racelab
