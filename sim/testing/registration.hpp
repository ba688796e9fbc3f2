#pragma once

// RACELAB_SCENARIO and related functions register scenarios before main(), so that a program that
// links racelab::main has a command line for them. docs/package.md has a complete program.

#include <functional>
#include <string>
#include <vector>

#include <sim/base/source_location.hpp>
#include <sim/testing/scenario.hpp>

/// Registers the block that follows it as a scenario of this program:
///
///     RACELAB_SCENARIO("queue/full", "a producer waits for room") { … }
///     RACELAB_SCENARIO("queue/ring", "tasks in a ring", sim::Expected::fails,
///                      {{"n", 3, 2, 15, "tasks"}}) { … arguments.at("n") … }
///
/// The arguments are the name, the summary and, both optional, whether some interleaving fails and
/// the parameters. The block finds the values of the parameters in `arguments`. For use at
/// namespace scope only.
// The line is part of the name of the function, so that a report that names the function shows it.
#define RACELAB_SCENARIO(...) \
  RACELAB_SCENARIO_NUMBERED(RACELAB_JOINED(__COUNTER__, __LINE__), __VA_ARGS__)
#define RACELAB_JOINED(number, line) RACELAB_JOINED_NOW(number, line)
#define RACELAB_JOINED_NOW(number, line) number##_at_line_##line
#define RACELAB_SCENARIO_NUMBERED(number, ...) RACELAB_SCENARIO_NAMED(number, __VA_ARGS__)
#define RACELAB_SCENARIO_NAMED(number, ...)                                       \
  static void racelab_scenario_##number(const ::sim::Arguments&);                 \
  static const ::sim::Registration racelab_registration_##number{                 \
      &racelab_scenario_##number, ::sim::SourceLocation::current(), __VA_ARGS__}; \
  static void racelab_scenario_##number([[maybe_unused]] const ::sim::Arguments& arguments)

namespace sim {

/// Whether a scenario shows a bug: some interleaving fails, or all interleavings hold.
enum class Expected : bool { holds, fails };

/// A function that adds scenarios or readers of header lines to a registry.
using AddScenarios = std::function<void(Registry&)>;

/// Has registered_scenarios() call `add` for each registry that it makes. Use it for what
/// RACELAB_SCENARIO cannot express: a family of scenarios made in a loop, or
/// Registry::add_reader(). May be called before main(), by the initialization of a static object.
/// Not thread-safe.
void register_scenarios(AddScenarios add);

/// A registry of everything that this program has registered. Throws UsageError if a name is
/// registered twice or is not valid, and whatever an AddScenarios function throws.
[[nodiscard]] Registry registered_scenarios();

/// Registers scenarios in its constructor. Define a static object of this class to register them
/// before main().
class Registration {
 public:
  explicit Registration(AddScenarios add);
  /// Registers one scenario. `body` is called with the values of its parameters.
  Registration(void (*body)(const Arguments&), SourceLocation place, std::string name,
               std::string summary, Expected expected = Expected::holds,
               std::vector<Parameter> parameters = {});
};

}  // namespace sim
