// Replaying under gdb and Valgrind, where they are installed.

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/engine/fiber.hpp>
#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>

namespace racelab_test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Whether a program with this name is in the PATH.
bool is_installed(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::string_view left = path == nullptr ? "" : path;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    const std::filesystem::path file = std::filesystem::path{left.substr(0, end)} / name;
    if (::access(file.c_str(), X_OK) == 0) return true;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

class Debugger : public InFreshDirectory {
 protected:
  void SetUp() override {
    if (!is_installed("gdb")) GTEST_SKIP() << "gdb is not installed";
    ASSERT_EQ(run_crashing({"explore", "crash/and-failure", "--no-shrink"}).code, 1);
    ASSERT_TRUE(exists("crash-and-failure.schedule"));
  }

  /// What gdb prints when it runs these commands on a replay with these options.
  [[nodiscard]] std::string gdb(const std::string& commands,
                                const std::vector<std::string>& options = {}) const {
    write("commands.gdb",
          "set debuginfod enabled off\nset pagination off\nset width 0\n" + commands);
    std::vector<std::string> words = {"gdb", "-batch", "-nx", "-x", "commands.gdb", "--args"};
    for (const std::string& word : crashing({"replay", "crash-and-failure.schedule"})) {
      words.push_back(word);
    }
    words.insert(words.end(), options.begin(), options.end());
    const Finished finished = run(words, surroundings());
    return finished.out + finished.err;
  }
};

TEST_F(Debugger, HitsBreakpointsAndAPauseIsNoHang) {
  const std::string text =
      gdb("break racelab_step if $rdi == 2\nrun\nshell sleep 1\nbacktrace\ncontinue\n",
          {"--hang-time", "0.2"});
  EXPECT_THAT(text, HasSubstr("racelab_step"));
#ifndef NDEBUG  // otherwise the function may have been inlined
  EXPECT_THAT(text, HasSubstr("crashing_scenarios.cpp:")) << "the frames of the task are shown";
#endif
  EXPECT_THAT(text, HasSubstr("the recorded outcome happened again"));
}

TEST_F(Debugger, StopsBeforeAStepOnTheStackOfItsTask) {
  const std::string text = gdb("run\nbacktrace\ncontinue\n", {"--debug-stop", "2"});
  EXPECT_THAT(text, HasSubstr("SIGTRAP"));
  EXPECT_THAT(text, HasSubstr("racelab_stop"));
  EXPECT_THAT(text, HasSubstr("the recorded outcome happened again"));
}

TEST_F(Debugger, StopsBeforeEachStepOfATask) {
  const std::string text = gdb("run\ncontinue\ncontinue\n", {"--debug-task", "1"});
  EXPECT_THAT(text, HasSubstr("SIGTRAP"));
  EXPECT_THAT(text, HasSubstr("the recorded outcome happened again"));
}

TEST_F(Debugger, ListsTheTasksWithTheirStacks) {
  const std::string text = gdb("source " RACELAB_ROOT
                               "/tools/gdb/racelab.py\nracelab-break 2\nrun\n"
                               "racelab-tasks\ncontinue\n");
  EXPECT_THAT(text, HasSubstr("task 0: join"));
  EXPECT_THAT(text, HasSubstr("task 1: store x"));
  EXPECT_THAT(text, HasSubstr("task 2: load x"));
  EXPECT_THAT(text, HasSubstr("the recorded outcome happened again"));
}

TEST_F(Debugger, IsAskedForWhereItIsNeeded) {
  const Finished finished =
      run_crashing({"replay", "crash-and-failure.schedule", "--debug-stop", "2"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("need a debugger: gdb --args "));
  EXPECT_EQ(run_crashing({"replay", "crash-and-failure.schedule", "--debug"}).code, 0);
}

TEST_F(InFreshDirectory, ValgrindKnowsTheStacksOfTasks) {
  if (!is_installed("valgrind") || !is_installed("strip")) {
    GTEST_SKIP() << "valgrind or strip is not installed";
  }
#if SIM_ASAN
  GTEST_SKIP() << "valgrind cannot run a program with AddressSanitizer";
#endif
#if !__has_include(<valgrind/valgrind.h>)
  GTEST_SKIP() << "racelab was built without valgrind.h";
#endif
  ASSERT_EQ(run_crashing({"explore", "crash/and-failure", "--no-shrink"}).code, 1);
  // Valgrind does not know the debug information of every compiler, and then gives up.
  const Finished stripped =
      run({"strip", "-g", "-o", "stripped", RACELAB_CRASHING}, surroundings());
  ASSERT_EQ(stripped.code, 0) << stripped.err;
  const std::vector<std::string> words = {
      "valgrind", "--error-exitcode=99",        "--leak-check=no", "./stripped",
      "replay",   "crash-and-failure.schedule", "--debug"};
  const Finished finished = run(words, surroundings());
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("ERROR SUMMARY: 0 errors"));
}

}  // namespace
}  // namespace racelab_test
