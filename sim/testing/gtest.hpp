#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/testing/test_options.hpp>
#include <sim/testing/testing.hpp>

/// Makes a test of GoogleTest whose body is explored: RACELAB_TEST(Queue, DeliversOnce) { … }.
/// Options come from the environment and from flags; in code, call sim::explore_test() in a TEST.
#define RACELAB_TEST(suite, name)                          \
  static void racelab_body_of_##suite##_##name();          \
  TEST(suite, name) {                                      \
    ::sim::explore_test(racelab_body_of_##suite##_##name); \
  }                                                        \
  static void racelab_body_of_##suite##_##name()

namespace sim {

/// Explores `body` as part of the running test of GoogleTest, under its name. A failure of an
/// execution, an EXPECT_ or ASSERT_ in the body included, fails the test once, with the timeline
/// and the command that replays it. Options of the environment go over `options`, and those of
/// flags over these. Under a replay, a test that the schedule is not of is skipped.
/// Must be called outside the tasks, from the test's own thread.
TestReport explore_test(const Body& body, const TestOptions& options = {},
                        SourceLocation where = SourceLocation::current());

/// The same for a body with a bug: the test passes where the failure that is found first is the
/// expected one, and its schedule leads to it again.
TestReport expect_failure(const Body& body, const ExpectedFailure& expected,
                          const TestOptions& options = {},
                          SourceLocation where = SourceLocation::current());

/// What explore_test() does around its exploration, for one of another kind: `run` is given the
/// name of the exploration and all options, and GoogleTest is told what it reports.
TestReport explore_as_test(
    const std::function<TestReport(const std::string& name, const TestOptions& options)>& run,
    const TestOptions& options, SourceLocation where);

/// Takes flags such as --racelab_strategy=pct out of a command line, for a main() of your own that
/// would not have them; call it before or after testing::InitGoogleTest(). Without it the flags
/// that the process was started with count. What is wrong with them fails the run of all tests.
void init_testing(int* argc, char** argv);

}  // namespace sim
