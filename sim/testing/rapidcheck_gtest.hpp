#pragma once

// Properties of rapidcheck as tests of GoogleTest: each generated input makes a program, whose
// interleavings are explored. docs/rapidcheck.md has examples.

#include <functional>
#include <string>

#include <sim/base/source_location.hpp>
#include <sim/testing/gtest.hpp>
#include <sim/testing/rapidcheck.hpp>

/// Defines a test of GoogleTest that checks a property. The body makes a program, or just a
/// function, from inputs that rapidcheck generates, and the test explores each program:
///
///     RACELAB_PROP(Counter, LosesNothing, (const std::vector<int>& added)) {
///       return [added] { … };
///     }
#define RACELAB_PROP(suite, name, arguments)                              \
  static ::sim::PropertyCase racelab_property_##suite##_##name arguments; \
  TEST(suite, name) {                                                     \
    ::sim::explore_property(racelab_property_##suite##_##name);           \
  }                                                                       \
  static ::sim::PropertyCase racelab_property_##suite##_##name arguments

namespace sim {

namespace detail {
/// The part of explore_property() that does not depend on the type of the property.
PropertyReport explore_property(
    const std::function<PropertyReport(const std::string& name, const PropertyOptions& options)>&
        check,
    const PropertyOptions& options, SourceLocation where);
}  // namespace detail

/// Calls check_property() as part of the running test of GoogleTest, under its name. A failure
/// fails the test once, with the text of the report. EXPECT_ and ASSERT_ may be used in the bodies.
/// The environment and flags override options as for explore_test().
template <class Property>
PropertyReport explore_property(const Property& property, const PropertyOptions& options = {},
                                SourceLocation where = SourceLocation::current()) {
  return detail::explore_property(
      [&](const std::string& name, const PropertyOptions& all) {
        return check_property(name, property, all);
      },
      options, where);
}

}  // namespace sim
