#include <sim/rapidcheck_gtest.hpp>

namespace sim::detail {

PropertyReport explore_property(
    const std::function<PropertyReport(const std::string& name, const PropertyOptions& options)>&
        check,
    const PropertyOptions& options, Place where) {
  PropertyReport report;
  const auto run = [&](const std::string& name, const TestOptions& test) -> TestReport {
    PropertyOptions all = options;
    all.test = test;
    return report = check(name, all);
  };
  // Which says itself what has gone wrong before there was a report of the property.
  static_cast<TestReport&>(report) = explore_as_test(run, options.test, where);
  return report;
}

}  // namespace sim::detail
