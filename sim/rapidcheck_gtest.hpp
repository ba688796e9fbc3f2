#pragma once

#include <iostream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sim/rapidcheck.hpp>
#include <sim/report/words.hpp>
#include <sim/test_options.hpp>

namespace sim {

/// check_property() as the running test of GoogleTest, under its name, and with what the
/// environment says: RACELAB_REPLAY=FILE replays a failure instead. Prints how strong a pass is.
template <class Property>
void gtest_property(const Property& property, PropertyOptions options = {}) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = fmt::format("{}.{}", test.test_suite_name(), test.name());
  const std::string problem = apply_environment(options.test);
  if (!problem.empty()) FAIL() << problem;
  options.test.replay_command = [&](const std::string& file) {
    return fmt::format("RACELAB_REPLAY={} {} --gtest_filter={}", shell_word(file),
                       shell_word(testing::internal::GetArgvs().front()), name);
  };
  const PropertyReport report = check_property(name, property, options);
  if (report.failed()) FAIL() << report.text;
  if (report.verdict == PropertyReport::Verdict::skipped) GTEST_SKIP() << report.text;
  std::cout << report.text;
}

}  // namespace sim

/// A property as a test of GoogleTest: its body makes a program, or a function, of inputs, and no
/// interleaving of that may fail.
///
///     SIM_GTEST_PROP(Counter, LosesNothing, (const std::vector<int>& added)) {
///       return [added] { … };
///     }
#define SIM_GTEST_PROP(Suite, Name, Arguments)                        \
  static ::sim::PropertyCase sim_property_##Suite##_##Name Arguments; \
  TEST(Suite, Name) {                                                 \
    ::sim::gtest_property(&sim_property_##Suite##_##Name);            \
  }                                                                   \
  static ::sim::PropertyCase sim_property_##Suite##_##Name Arguments
