#pragma once

// Scenarios: programs with a name and parameters that the command and the tests can explore, and a
// registry that makes the program for a scenario's name or for a schedule.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sim/base/source_location.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/text_format.hpp>

namespace sim {

/// A number that a scenario takes, as in `count/lastzero:n=5`.
struct Parameter {
  std::string name;
  std::int64_t value;  ///< the default
  std::int64_t min;    ///< inclusive
  std::int64_t max;    ///< inclusive
  std::string what;    ///< what the number counts or means
};

/// The values of all parameters of a scenario, by their names.
using Arguments = std::map<std::string, std::int64_t, std::less<>>;

/// A program with a name, ready to be explored.
struct Scenario {
  std::string name;     ///< "<group>/<name>"
  std::string summary;  ///< one line
  bool fails = false;   ///< whether some interleaving fails
  std::vector<Parameter> parameters;
  std::function<Program(const Arguments&)> make;  ///< Registry::make() fills in the program's name
  SourceLocation place{nullptr, 0};               ///< where it is defined; file null if unknown
};

/// Builds a program from the header lines of a schedule, or returns an error with its place in the
/// file.
using HeaderReader = std::function<std::variant<Program, ScheduleError>(const Schedule&)>;

/// The scenarios that a command or a test knows. The const members are thread-safe while no
/// scenario or reader is being added.
class Registry {
 public:
  /// Throws UsageError if the name is taken or cannot be written on a command line and in a
  /// schedule, or if the parameters contradict themselves. what() names the scenario's place.
  void add(Scenario scenario);
  /// All scenarios in the order of their names.
  [[nodiscard]] const std::vector<Scenario>& scenarios() const { return scenarios_; }
  /// The scenario with this name, or null if no scenario has it.
  [[nodiscard]] const Scenario* find(std::string_view name) const;

  /// The program that `spec` names, as `name` or `name:parameter=value,…`; or an error message,
  /// which suggests similar names.
  [[nodiscard]] std::variant<Program, std::string> make(std::string_view spec) const;

  /// Lets `reader` build the programs of schedules whose header has a line with this key.
  void add_reader(std::string key, HeaderReader reader);
  /// The program that `schedule` was recorded on, or an error with its place in the file.
  [[nodiscard]] std::variant<Program, ScheduleError> program_of(const Schedule& schedule) const;

 private:
  [[nodiscard]] std::variant<Program, ScheduleError> make_of(const Schedule& schedule) const;
  [[nodiscard]] std::string unknown(std::string_view name) const;

  std::vector<Scenario> scenarios_;
  std::vector<std::pair<std::string, HeaderReader>> readers_;
};

}  // namespace sim
