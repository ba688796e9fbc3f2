#pragma once

// Properties over inputs and schedules: rapidcheck generates inputs, each input makes a program,
// and the interleavings of the program are explored. A failure is shrunk in both. See
// docs/rapidcheck.md. For tests of GoogleTest include sim/rapidcheck_gtest.hpp.

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <rapidcheck.h>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/testing/test_options.hpp>
#include <sim/testing/testing.hpp>

namespace sim {

/// The program that a property makes from an input. A program without a name gets the name of the
/// property. The schedules of a program with header lines describe it themselves.
struct PropertyCase {
  // Implicit, so that a property can return a program or just a body.
  PropertyCase(Program made) : program(std::move(made)) {}
  template <std::convertible_to<Body> Function>
  PropertyCase(Function body) : program{{}, {}, Body{std::move(body)}} {}

  Program program;
};

/// The budget of executions for one case, if the options limit neither executions nor time.
inline constexpr std::uint64_t kCaseExecutions = 3'000;

/// Options of check_property().
struct PropertyOptions {
  /// How each case is explored. If no strategy is given, half of the executions search by traces,
  /// so that small cases are explored completely; if that was not enough, the other half sample
  /// with `pos`. `replay` names a schedule of a failure of this property; then only the input and
  /// the interleaving of this schedule are run.
  TestOptions test{};
  /// The maximum number of executions that look for a failure with fewer preemptions after the
  /// input is shrunk.
  std::uint64_t simplify_executions = 20'000;
  // Options of rapidcheck. If one is empty, its value comes from RC_PARAMS.
  std::optional<std::uint64_t> seed{};
  std::optional<int> cases{};
  std::optional<bool> shrink{};
  /// The failure that the property must find to pass. It is shrunk, but no file is written.
  std::optional<ExpectedFailure> expected{};
};

/// The result of a property. The members `search` and `found` of TestReport are not used. The
/// summary covers the cases up to the first failure. The verdict is `skipped` if the input or the
/// schedule to run again belongs to another property.
struct PropertyReport : TestReport {
  std::uint64_t cases = 0;
  std::uint64_t complete = 0;     ///< cases that were explored completely
  std::uint64_t interleaved = 0;  ///< cases in which some execution could choose between two tasks
  std::uint64_t executions = 0;

  // If the property failed:
  std::string input;      ///< the shrunk input, as rapidcheck shows it
  std::string reproduce;  ///< "reproduce=…", the value of RC_PARAMS that runs only this input
};

namespace detail {

/// Receives the cases of a property.
class PropertyRun {
 public:
  virtual ~PropertyRun() = default;
  /// Explores the program that `make` makes, and returns the result of this case for rapidcheck.
  virtual rc::detail::CaseResult explore(const std::function<PropertyCase()>& make) = 0;
};

/// The part of check_property() that does not depend on the type of the property.
PropertyReport check_property(
    const std::string& name, const PropertyOptions& options,
    const std::function<rc::detail::Property(PropertyRun&)>& make_property);

/// A property as rapidcheck runs it: with the same arguments, but each case is explored.
template <class Property, class Type = rc::detail::FunctionType<Property>>
class ExploredProperty;

template <class Property, class Result, class... Arguments>
class ExploredProperty<Property, Result(Arguments...)> {
 public:
  ExploredProperty(Property property, PropertyRun& run)
      : property_(std::move(property)), run_(&run) {}

  rc::detail::CaseResult operator()(Arguments... arguments) const {
    return run_->explore(
        [&]() -> PropertyCase { return property_(static_cast<Arguments&&>(arguments)...); });
  }

 private:
  Property property_;
  PropertyRun* run_;
};

}  // namespace detail

/// Checks that no interleaving fails of the programs that `property` makes from generated inputs.
/// The property takes its inputs as arguments or picks them from generators, as any property of
/// rapidcheck does, and returns something that a PropertyCase can be made from. It may discard a
/// case, classify it, or fail by itself. The body that it returns must do none of these and must
/// pick nothing; it checks with SIM_EXPECT.
///
/// A failure is shrunk twice: rapidcheck shrinks the input to one that has an interleaving which
/// fails in the same way, and then the interleaving of this input is simplified. The resulting
/// schedule is written to a new file. Until then, a file has the schedule of the first failure. A
/// property in which no case could interleave does not pass.
///
/// Equal properties and seeds give equal reports. This function neither prints nor reads the
/// environment, except that rapidcheck reads RC_PARAMS and prints a line about it. Throws
/// UsageError for options that are out of range or contradict each other. If exploring a case
/// throws, the property fails. Not thread-safe.
template <class Property>
PropertyReport check_property(const std::string& name, const Property& property,
                              const PropertyOptions& options = {}) {
  return detail::check_property(name, options, [&](detail::PropertyRun& run) {
    return rc::detail::toProperty(
        detail::ExploredProperty<std::decay_t<const Property&>>{property, run});
  });
}

}  // namespace sim
