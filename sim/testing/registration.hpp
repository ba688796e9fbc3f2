#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sim/base/source_location.hpp>
#include <sim/testing/scenario.hpp>

/// Registers the block behind it as a scenario of this program:
///
///     RACELAB_SCENARIO("queue/full", "a producer waits for room") { … }
///     RACELAB_SCENARIO("queue/ring", "tasks in a ring", sim::Expected::fails,
///                      {{"n", 3, 2, 15, "tasks"}}) { … arguments.at("n") … }
///
/// What may follow the name and the summary: whether some interleaving fails, and parameters, whose
/// values the block finds in `arguments`. At namespace scope only.
#define RACELAB_SCENARIO(...) RACELAB_SCENARIO_NUMBERED(__COUNTER__, __VA_ARGS__)
#define RACELAB_SCENARIO_NUMBERED(number, ...) RACELAB_SCENARIO_NAMED(number, __VA_ARGS__)
#define RACELAB_SCENARIO_NAMED(number, ...)                                       \
  static void racelab_scenario_##number(const ::sim::Arguments&);                 \
  static const ::sim::Registration racelab_registration_##number{                 \
      &racelab_scenario_##number, ::sim::SourceLocation::current(), __VA_ARGS__}; \
  static void racelab_scenario_##number([[maybe_unused]] const ::sim::Arguments& arguments)

namespace sim {

/// Whether a scenario is there for a bug, or for its absence.
enum class Expected : bool { holds, fails };

/// Adds scenarios, or readers of header lines, to a registry.
using AddScenarios = std::function<void(Registry&)>;

/// Has `add` called for the registry of this program's scenarios, each time that one is made. For
/// what RACELAB_SCENARIO cannot say: a family made in a loop, a Registry::add_reader. May be called
/// before main(), from wherever static objects are made; not thread-safe.
void register_scenarios(AddScenarios add);

/// A registry of all that this program has registered. Throws UsageError where a name is registered
/// twice, or is none; and what an AddScenarios throws.
[[nodiscard]] Registry registered_scenarios();

/// Registers before main(), as a static object.
class Registration {
 public:
  explicit Registration(AddScenarios add);
  /// One scenario, whose body gets the values of its parameters.
  Registration(void (*body)(const Arguments&), SourceLocation place, std::string name,
               std::string summary, Expected expected = Expected::holds,
               std::vector<Parameter> parameters = {});
};

}  // namespace sim
