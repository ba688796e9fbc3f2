#pragma once

// Writes the exports of `racelab show` to files, or sends them to a collector.

#include <string>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// The result of an export.
struct Exported {
  std::string problem;  ///< what went wrong and what to do; empty on success
  std::string done;     ///< message on success
};

/// Writes html_page() to `file`, replacing the file.
[[nodiscard]] Exported write_html(const sim::ShownExecution& shown, const std::string& file);

/// Writes svg_image() to `file`, replacing the file.
[[nodiscard]] Exported write_svg(const sim::ShownExecution& shown, const std::string& file);

/// Writes perfetto_trace() to `file`, replacing the file.
[[nodiscard]] Exported write_perfetto(const sim::ShownExecution& shown, const std::string& file);

/// Sends otlp_request() to the collector at `where`, if that is an address as in
/// "http://localhost:4318", or writes it to the file `where`. The times of the spans start now.
[[nodiscard]] Exported write_spans(const sim::ShownExecution& shown, const std::string& where);

}  // namespace racelab
