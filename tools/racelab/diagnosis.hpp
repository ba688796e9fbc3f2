#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include <sim/diagnose/explanation.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>

namespace racelab {

/// A failure made simple, and why it happens.
struct Diagnosis {
  sim::Shrunk shrunk;
  sim::Explanation why;

  [[nodiscard]] bool is_simpler() const { return shrunk.after < shrunk.before || shrunk.smaller; }
};

/// How executions that look for a simpler one are run: those of replaying and exploring, in
/// processes of their own, until Ctrl-C.
[[nodiscard]] sim::ProbeOptions probe_options(std::uint32_t stack_kib, std::uint32_t steps,
                                              double hang_seconds);

[[nodiscard]] Diagnosis diagnose(const sim::Program& program, const sim::Recording& recording,
                                 const sim::ProbeOptions& options);

/// "shrunk from … to …", and how sure it is that there is nothing simpler; a line or two.
[[nodiscard]] std::string shrunk_text(const Diagnosis& diagnosis);

/// "x.schedule" makes "x-shrunk.schedule", and an address a file here: ".../recording/last-race"
/// makes "last-race-shrunk.schedule".
[[nodiscard]] std::string shrunk_path(const std::string& file);

/// How to replay a schedule and how to look at it; lines for the terminal.
void print_next_steps(const std::string& file, std::uint32_t stack_kib);

/// The member `shrunk` of a failure.
[[nodiscard]] nlohmann::ordered_json shrunk_json(const Diagnosis& diagnosis);
/// The member `cause`.
[[nodiscard]] nlohmann::ordered_json cause_json(const Diagnosis& diagnosis);

}  // namespace racelab
