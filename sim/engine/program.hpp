#pragma once

// A program is what a search explores: a test body, its name, and smaller versions of it. Scenarios
// make programs; explorers, replays and the shrinker run them.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sim/base/header_line.hpp>
#include <sim/base/limits.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

struct SmallerProgram;

/// A test body and the data about it that reports, schedule files and the shrinker need. A plain
/// value.
struct Program {
  std::string name;                ///< its name in schedules and reports, with its parameters
  std::vector<HeaderLine> header;  ///< lines that describe the program in a schedule file, so that
                                   ///< the file is self-contained
  Body body;
  /// Returns programs that do less, for shrinking, in descending order of size. May be empty.
  std::function<std::vector<SmallerProgram>()> smaller{};
  Bounds bounds{};  ///< limits for each task in an execution
};

/// A program that does less than another one.
struct SmallerProgram {
  Program program;
  /// If the program lacks one task: the number of that task, from 1, among those that the test body
  /// makes. The tasks after it have numbers lower by one. Empty if no task is missing.
  std::optional<std::uint32_t> without{};
};

}  // namespace sim
