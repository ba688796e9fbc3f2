#pragma once

// The output of `drive`: the report of one driven schedule, and the table of all traces.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <http/drive_plan.hpp>
#include <tools/racelab/drive/driver.hpp>

namespace racelab {

/// The steps on the server as a timeline, the balances in the simulator and on the server, and the
/// verdict.
std::string driven_text(const http::DrivePlan& plan, const Driven& driven);

/// The results of driving one execution of each trace of a program.
struct DrivenTraces {
  /// The results for one kind of outcome.
  struct Row {
    std::uint64_t driven = 0;  ///< runs: traces times repetitions
    std::uint64_t steps = 0;   ///< steps of all runs
    std::uint64_t agree = 0;   ///< runs with this verdict, as the next two
    std::uint64_t differ = 0;
    std::uint64_t incomplete = 0;
  };
  /// A trace on which server and simulator disagree.
  struct Disagreement {
    std::string file;  ///< file of its schedule; empty if it could not be written
    std::string problem;
  };
  std::map<std::string, Row> rows;  ///< by the name of the outcome's kind
  std::vector<Disagreement> disagreements;
  std::uint64_t traces = 0;  ///< traces that were driven at least once
  std::uint32_t times = 1;   ///< how many times each trace is to be driven
  bool complete = false;     ///< whether each trace was driven that many times
  double seconds = 0;

  /// The sums of all rows.
  [[nodiscard]] Row all() const;
};

/// The table of all traces for the terminal.
std::string traces_text(const DrivenTraces& traces);
/// The table of all traces as JSON.
nlohmann::ordered_json traces_json(const DrivenTraces& traces);

}  // namespace racelab
