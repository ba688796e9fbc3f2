#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <tests/tools/process.hpp>

namespace racelab_test {

/// Runs commands in a fresh directory.
class InFreshDirectory : public testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& here() const { return directory_.path(); }
  [[nodiscard]] Surroundings surroundings() const { return {here()}; }
  [[nodiscard]] std::string read(const std::string& name) const { return read_file(here() / name); }
  void write(const std::string& name, std::string_view text) const {
    write_file(here() / name, text);
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(here() / name);
  }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{here()}) {
      count += entry.exists() ? 1 : 0;
    }
    return count;
  }
  static std::vector<std::string> racelab(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RACELAB_COMMAND);
    return arguments;
  }
  /// The command, with these arguments.
  [[nodiscard]] Finished run_racelab(std::vector<std::string> arguments) const {
    return run(racelab(std::move(arguments)), surroundings());
  }
#ifdef RACELAB_CRASHING
  static std::vector<std::string> crashing(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RACELAB_CRASHING);
    return arguments;
  }
  /// Runs the command with scenarios that crash.
  [[nodiscard]] Finished run_crashing(std::vector<std::string> arguments) const {
    Surroundings careless = surroundings();
    // A scenario that calls exit() leaks memory, which is not what these tests are about.
    careless.before = [] { ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1); };
    return run(crashing(std::move(arguments)), careless);
  }
#endif

 private:
  TemporaryDirectory directory_;
};

}  // namespace racelab_test
