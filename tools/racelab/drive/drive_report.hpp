#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <http/drive_plan.hpp>
#include <tools/racelab/drive/driver.hpp>

namespace racelab {

/// What happened on the server step by step, the balances of both worlds, and the verdict.
std::string driven_text(const http::DrivePlan& plan, const Driven& driven);

/// All executions of a program, of each trace one, driven.
struct DrivenTraces {
  /// Those with one kind of outcome.
  struct Row {
    std::uint64_t driven = 0;  ///< traces, and each as often as it was driven
    std::uint64_t steps = 0;
    std::uint64_t agree = 0;
    std::uint64_t differ = 0;
    std::uint64_t not_led = 0;
  };
  /// One that was driven otherwise than it was simulated.
  struct Disagreement {
    std::string file;  ///< with its schedule; empty where none could be written
    std::string problem;
  };
  std::map<std::string, Row> rows;  ///< by the word for the outcome's kind
  std::vector<Disagreement> disagreements;
  std::uint64_t traces = 0;  ///< that were driven once at least
  std::uint32_t times = 1;   ///< how often each is to be driven
  bool complete = false;     ///< each trace there is was driven so often
  double seconds = 0;

  [[nodiscard]] Row all() const;
};

std::string traces_text(const DrivenTraces& traces);
nlohmann::ordered_json traces_json(const DrivenTraces& traces);

}  // namespace racelab
