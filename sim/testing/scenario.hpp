#pragma once

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

/// A number that a scenario can be given, as in `count/lastzero:n=5`.
struct Parameter {
  std::string name;
  std::int64_t value;  ///< where none is given
  std::int64_t min;    ///< inclusive
  std::int64_t max;    ///< inclusive
  std::string what;    ///< what it counts or means
};

/// The values of all parameters of a scenario.
using Arguments = std::map<std::string, std::int64_t, std::less<>>;

/// A program with a name, ready to be explored.
struct Scenario {
  std::string name;     ///< "<group>/<name>"
  std::string summary;  ///< one line
  bool fails = false;   ///< whether some interleaving fails
  std::vector<Parameter> parameters;
  std::function<Program(const Arguments&)> make;  ///< the name is filled in by Registry::make
  SourceLocation place{nullptr, 0};               ///< where it is written, if that is known
};

/// Builds a program from the header lines of a schedule, or says what is wrong with them and where.
using HeaderReader = std::function<std::variant<Program, ScheduleError>(const Schedule&)>;

/// The scenarios that a command or a test knows. Not thread-safe while being filled.
class Registry {
 public:
  /// Throws UsageError, which says where, for a name that is taken or that no command line and no
  /// schedule can have, and for parameters that contradict themselves.
  void add(Scenario scenario);
  /// In the order of their names.
  [[nodiscard]] const std::vector<Scenario>& scenarios() const { return scenarios_; }
  [[nodiscard]] const Scenario* find(std::string_view name) const;

  /// The program that `spec` names: `name` or `name:parameter=value,…`; or what is wrong with it,
  /// with the names that come nearest.
  [[nodiscard]] std::variant<Program, std::string> make(std::string_view spec) const;

  /// Schedules whose header has a line with `key` describe their program themselves; `reader`
  /// builds it.
  void add_reader(std::string key, HeaderReader reader);
  /// The program that `schedule` is a schedule of.
  [[nodiscard]] std::variant<Program, ScheduleError> program_of(const Schedule& schedule) const;

 private:
  [[nodiscard]] std::variant<Program, ScheduleError> make_of(const Schedule& schedule) const;
  [[nodiscard]] std::string unknown(std::string_view name) const;

  std::vector<Scenario> scenarios_;
  std::vector<std::pair<std::string, HeaderReader>> readers_;
};

}  // namespace sim
