#pragma once

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

/// Where the schedules of an exploration's failures are, by FailureGroup::id.
using ScheduleFiles = std::map<std::uint64_t, sim::WrittenFile>;

/// What is known of the failures of an exploration, by FailureGroup::id.
struct Findings {
  ScheduleFiles files;
  std::map<std::uint64_t, Diagnosis> diagnoses;  ///< not of all
  std::optional<sim::Coverage> coverage;         ///< where nothing failed
};

/// What is about to be done: every option that matters, the seed included.
void print_plan(const std::string& scenario, const ExploreCommand& command);

/// One line about an exploration that runs, on standard error, over the last such line.
void print_progress(const sim::JobsProgress& progress, const Estimate& estimate,
                    const ExploreCommand& command, double seconds);
void clear_progress();

/// What was found, in words, and how strong that is.
void print_summary(const sim::JobsReport& report, const Findings& findings,
                   const ExploreCommand& command);

/// The same as one JSON object. `checkpoint` may be empty.
void print_json(const sim::JobsReport& report, const Findings& findings,
                const std::string& scenario, const ExploreCommand& command,
                const std::string& checkpoint);

/// A duration for people: "40 s", "3 min", "2 h".
std::string duration_text(double seconds);

}  // namespace racelab
