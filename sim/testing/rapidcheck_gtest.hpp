#pragma once

#include <functional>
#include <string>

#include <sim/base/source_location.hpp>
#include <sim/testing/gtest.hpp>
#include <sim/testing/rapidcheck.hpp>

/// Makes a test of GoogleTest of a property. Its body makes a program, or just a function, of
/// inputs that rapidcheck generates, and the test goes through the interleavings of each:
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
/// explore_property() without the types of the property.
PropertyReport explore_property(
    const std::function<PropertyReport(const std::string& name, const PropertyOptions& options)>&
        check,
    const PropertyOptions& options, SourceLocation where);
}  // namespace detail

/// check_property() as part of the running test of GoogleTest, under its name. A failure fails the
/// test once, with all that the report says; EXPECT_ and ASSERT_ may be used in the bodies.
/// Options come together as those of explore_test() do.
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
