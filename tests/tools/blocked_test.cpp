// Code under test that uses what the simulator does not control, or more stack than a task has: the
// failure is named, with the task and what to use instead.

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class UncontrolledCode : public InFreshDirectory {
 protected:
  /// Explores and returns the JSON report. Expects a failure whose schedule replays.
  [[nodiscard]] json failure_of(const std::string& scenario) const {
    const Finished found =
        run_crashing({"explore", scenario, "--hang-time", "0.5", "--no-shrink", "--json"});
    EXPECT_EQ(found.code, 1) << found.out << found.err;
    json failure = json::parse(found.out).at("first_failure");
    const std::string file = failure.at("schedule");
    const Finished replayed = run_crashing({"replay", file, "--hang-time", "0.5"});
    EXPECT_EQ(replayed.code, 0) << replayed.out << replayed.err;
    return failure;
  }
  void expect_failure(const std::string& scenario, const std::string& kind,
                      const std::string& message) const {
    const json failure = failure_of(scenario);
    EXPECT_EQ(failure.at("kind"), kind);
    EXPECT_EQ(failure.at("message"), message);
  }
};

TEST_F(UncontrolledCode, ALocalVariableOfUpTo64MebibytesReachesNoOtherStack) {
  expect_failure("stack/one-mebibyte", "crash", "stack overflow in task 2");
  expect_failure("stack/64-mebibytes", "crash", "stack overflow in task 2");
}

TEST_F(UncontrolledCode, AStdThreadThatUsesSharedObjectsIsNamed) {
  const std::string rule =
      "\"a std::thread, or another thread that is no task, uses a sim:: object: make it a "
      "sim::thread\"";
  for (const char* const scenario :
       {"outside/in-body", "outside/in-task", "outside/noexcept", "outside/awaited"}) {
    const json failure = failure_of(scenario);
    EXPECT_EQ(failure.at("kind"), "misuse") << scenario;
    EXPECT_EQ(failure.at("message"), rule) << scenario;
#ifndef NDEBUG  // otherwise there is no debug information
    // Where the execution hangs, only the place of the operation is known.
    if (std::string_view{scenario} == "outside/awaited") continue;
    EXPECT_THAT(failure.at("place").get<std::string>(), HasSubstr("crashing_scenarios.cpp:"));
#endif
  }
}

TEST_F(UncontrolledCode, ATaskThatIsBlockedInTheSystemIsNoEndlessLoop) {
  expect_failure("blocked/mutex", "hang", "blocked in std::mutex in task 2: use sim::mutex");
  expect_failure("blocked/sleep", "hang",
                 "sleeps in the kernel in task 2: use sim::this_thread::sleep_for");
  expect_failure("blocked/pipe", "hang", "waits in the system, in read() in task 2");
}

TEST_F(UncontrolledCode, ThePlaceOfAHangIsTheFunction) {
  const Finished found =
      run_crashing({"explore", "blocked/mutex", "--hang-time", "0.5", "--no-shrink"});
#ifdef NDEBUG
  // The function may have been inlined into the one that calls it.
  EXPECT_THAT(found.out, testing::ContainsRegex("        at .*\\w"));
#else
  EXPECT_THAT(found.out,
              testing::ContainsRegex(
                  "        at .*racelab_scenario_[0-9]+_at_line_[0-9]+::.*operator\\(\\)"));
#endif
}

TEST_F(UncontrolledCode, AThreadThatIsNotJoinedIsNamedWithThePlaceWhereItWasMade) {
  const json failure = failure_of("thread/not-joined");
  EXPECT_EQ(failure.at("kind"), "uncaught-exception");
  const Finished found = run_crashing({"explore", "thread/not-joined"});
  EXPECT_THAT(found.out, HasSubstr("a thread that was neither joined nor detached is destroyed"));
  EXPECT_THAT(found.out, HasSubstr("        at crashing_scenarios.cpp:"));
}

}  // namespace
}  // namespace racelab_test
