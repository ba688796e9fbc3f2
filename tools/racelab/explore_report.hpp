#pragma once

// What `explore` prints: the plan, the progress line, the summary and the JSON object.

#include <map>
#include <optional>
#include <string>

#include <sim/process/jobs.hpp>
#include <sim/schedule/file.hpp>
#include <tools/racelab/commands.hpp>
#include <tools/racelab/coverage.hpp>
#include <tools/racelab/diagnosis.hpp>
#include <tools/racelab/estimate.hpp>

namespace racelab {

/// The schedule file of each failure of an exploration, by FailureGroup::id.
using ScheduleFiles = std::map<std::uint64_t, sim::WrittenFile>;

/// The results of an exploration beside its JobsReport, by FailureGroup::id.
struct Findings {
  ScheduleFiles files;
  std::map<std::uint64_t, Diagnosis> diagnoses;  ///< only for the first few groups
  std::optional<sim::Coverage> coverage;         ///< if nothing failed
};

/// Prints the search that is about to run: all options that shape it, with the seed.
void print_plan(const std::string& scenario, const ExploreCommand& command);

/// Writes a line about a running exploration to standard error, over the previous one.
void print_progress(const sim::JobsProgress& progress, const Estimate& estimate,
                    const ExploreCommand& command, double seconds);
/// Removes the line that print_progress() has written.
void clear_progress();

/// Prints the failures that were found, and how strong the result is.
void print_summary(const sim::JobsReport& report, const Findings& findings,
                   const ExploreCommand& command);

/// Prints the result as one JSON object. `checkpoint` is the path of the checkpoint, or empty.
void print_json(const sim::JobsReport& report, const Findings& findings,
                const std::string& scenario, const ExploreCommand& command,
                const std::string& checkpoint);

/// A duration for people: "40 s", "3 min", "2 h".
std::string duration_text(double seconds);

}  // namespace racelab
