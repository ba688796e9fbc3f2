#include <sim/testing/rapidcheck_gtest.hpp>

#include <cstdio>

namespace sim::detail {

PropertyReport explore_property(
    const std::function<PropertyReport(const std::string& name, const PropertyOptions& options)>&
        check,
    const PropertyOptions& options, SourceLocation where) {
  PropertyReport report;
  const auto run = [&](const std::string& name, const TestOptions& test) -> TestReport {
    PropertyOptions all = options;
    all.test = test;
    return report = check(name, all);
  };
  // If an error occurred before the property was checked, this report describes it.
  static_cast<TestReport&>(report) = explore_as_test(run, options.test, where);
  if (report.passed() && !GTEST_FLAG_GET(brief)) {
    // explore_as_test() has printed the summary. The distribution of cases comes before it.
    const std::string classes = report.text.substr(0, report.text.rfind(report.summary));
    std::fputs(classes.c_str(), stdout);
  }
  return report;
}

}  // namespace sim::detail
