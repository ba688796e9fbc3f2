#pragma once

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

/// What a property makes of an input: a program, or just a body, whose executions are explored. A
/// program without a name gets that of the property; one with header lines has schedules that say
/// themselves what they are of.
struct PropertyCase {
  // Implicit, so that a property returns either.
  PropertyCase(Program made) : program(std::move(made)) {}
  template <std::convertible_to<Body> Function>
  PropertyCase(Function body) : program{{}, {}, Body{std::move(body)}} {}

  Program program;
};

/// The budget of a case that asks for none, neither of executions nor of time.
inline constexpr std::uint64_t kCaseExecutions = 2'000;

struct PropertyOptions {
  /// How each case is explored. Where no strategy is given: half of the executions search by
  /// traces, so that small cases are explored completely; where that is not enough, the other half
  /// sample with `pos`. `replay` is a schedule of a failure of this property, to run just its input
  /// and its interleaving.
  TestOptions test{};
  /// Executions, at most, that look for a failure with fewer preemptions once the input is shrunk.
  std::uint64_t simplify_executions = 20'000;
  // None: as RC_PARAMS has it.
  std::optional<std::uint64_t> seed{};
  std::optional<int> cases{};
  std::optional<bool> shrink{};
  /// The failure that the property is there to find: without it, it does not pass. Where it is
  /// found, it is shrunk, and no file is written.
  std::optional<ExpectedFailure> expected{};
};

/// What became of a property. Of a TestReport it has no `search` and `found`; its summary is over
/// the cases up to the first failure; it is skipped where the input or the schedule to run again is
/// one of another property.
struct PropertyReport : TestReport {
  std::uint64_t cases = 0;
  std::uint64_t complete = 0;     ///< cases of which every trace was run
  std::uint64_t interleaved = 0;  ///< cases in which some execution could choose between two tasks
  std::uint64_t executions = 0;

  // Of a failure:
  std::string input;      ///< the shrunk one, as rapidcheck shows it
  std::string reproduce;  ///< "reproduce=…": what RC_PARAMS must be to run just this input
};

namespace detail {

/// Where a property hands its cases to.
class PropertyRun {
 public:
  virtual ~PropertyRun() = default;
  /// Explores what `make` makes, and says what rapidcheck is to think of it.
  virtual rc::detail::CaseResult explore(const std::function<PropertyCase()>& make) = 0;
};

/// check_property() without the types of the property.
PropertyReport check_property(
    const std::string& name, const PropertyOptions& options,
    const std::function<rc::detail::Property(PropertyRun&)>& make_property);

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

/// Checks that no interleaving fails of the programs that `property` makes of generated inputs. It
/// takes its inputs as arguments, or picks them from generators, as any property of rapidcheck
/// does, and returns what a PropertyCase is made from. It may discard a case, classify it, or fail
/// by itself; the body that it returns may not: SIM_EXPECT is for that, and there is nothing to
/// pick.
///
/// A failure is shrunk twice: its input, by rapidcheck, to one that still has an interleaving that
/// fails in the same way; and then the interleaving of this input. The schedule of what is left is
/// written to a file that was not there; until then there is one of the failure found first. A
/// property in which no case could interleave does not pass.
///
/// The same property and seed give the same report. Neither prints nor looks at the environment,
/// except that rapidcheck reads RC_PARAMS and says so. Throws UsageError for options that mean
/// nothing; what exploring a case throws is a failure of the property.
template <class Property>
PropertyReport check_property(const std::string& name, const Property& property,
                              const PropertyOptions& options = {}) {
  return detail::check_property(name, options, [&](detail::PropertyRun& run) {
    return rc::detail::toProperty(
        detail::ExploredProperty<std::decay_t<const Property&>>{property, run});
  });
}

}  // namespace sim
