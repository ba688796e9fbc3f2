#pragma once

// Shrinks a failure and finds its cause, for `explore` and `shrink`, and presents the result as
// text and as JSON.

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>

namespace racelab {

/// A failure in its simplest form, and its cause.
struct Diagnosis {
  sim::Shrunk shrunk;
  sim::Explanation why;

  /// Whether shrinking has found a simpler execution or a smaller program.
  [[nodiscard]] bool is_simpler() const { return shrunk.after < shrunk.before || shrunk.smaller; }
};

/// Options for the executions that shrinking and explaining run. They run in child processes, and
/// stop at Ctrl-C.
[[nodiscard]] sim::ProbeOptions probe_options(std::uint32_t stack_kib, std::uint32_t steps,
                                              double hang_seconds);

/// Shrinks the failing execution and explains the result.
[[nodiscard]] Diagnosis diagnose(const sim::Program& program, const sim::Recording& recording,
                                 const sim::ProbeOptions& options);

/// One or two lines: "shrunk from … to …", and whether a simpler execution may exist. Empty if no
/// execution was run to find a simpler one.
[[nodiscard]] std::string shrunk_text(const Diagnosis& diagnosis);

/// The file name for the shrunk schedule: "x-shrunk.schedule" for "x.schedule". For an address it
/// is in the current directory: "last-race-shrunk.schedule" for ".../recording/last-race".
[[nodiscard]] std::string shrunk_path(const std::string& file);

/// Prints the commands that replay a schedule and show it.
void print_next_steps(const std::string& file, std::uint32_t stack_kib);

/// The member `shrunk` of a failure in JSON.
[[nodiscard]] nlohmann::ordered_json shrunk_json(const Diagnosis& diagnosis);
/// The member `cause` of a failure in JSON.
[[nodiscard]] nlohmann::ordered_json cause_json(const Diagnosis& diagnosis);

}  // namespace racelab
