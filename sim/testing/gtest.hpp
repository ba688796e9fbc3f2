#pragma once

// Tests with GoogleTest whose bodies are explored in all interleavings. docs/gtest.md describes how
// to write, run and replay them.

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/testing/test_options.hpp>
#include <sim/testing/testing.hpp>

/// Defines a test of GoogleTest whose body is explored: RACELAB_TEST(Queue, DeliversOnce) { … }.
/// Its options come from the environment and from flags. To give options in code, call
/// sim::explore_test() in a TEST.
#define RACELAB_TEST(suite, name)                          \
  static void racelab_body_of_##suite##_##name();          \
  TEST(suite, name) {                                      \
    ::sim::explore_test(racelab_body_of_##suite##_##name); \
  }                                                        \
  static void racelab_body_of_##suite##_##name()

namespace sim {

/// Explores `body` as part of the running test of GoogleTest, under its name. A failure of an
/// execution, which includes a failed EXPECT_ or ASSERT_ in the body, fails the test once, with the
/// timeline and the command that replays it. The environment overrides `options`, and flags
/// override the environment. When a schedule of another test is replayed, the test is skipped. Must
/// be called outside of tasks, on the test's own thread.
TestReport explore_test(const Body& body, const TestOptions& options = {},
                        SourceLocation where = SourceLocation::current());

/// Explores a body with a bug as explore_test() does. The test passes if the first failure that is
/// found is the expected one and its schedule leads to it again.
TestReport expect_failure(const Body& body, const ExpectedFailure& expected,
                          const TestOptions& options = {},
                          SourceLocation where = SourceLocation::current());

/// Does what explore_test() does, for explorations of another kind: calls `run` with the name of
/// the exploration and the final options, and reports its result to GoogleTest.
TestReport explore_as_test(
    const std::function<TestReport(const std::string& name, const TestOptions& options)>& run,
    const TestOptions& options, SourceLocation where);

/// Removes racelab's flags, as --racelab_strategy=pct, from a command line. A main() that rejects
/// unknown flags must call it, before or after testing::InitGoogleTest(). Without this call the
/// flags that the process was started with are used. An invalid flag makes the test program fail.
void init_testing(int* argc, char** argv);

}  // namespace sim
