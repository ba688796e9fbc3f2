#pragma once

// What is explored: a test body, its name, and how to make it smaller. Scenarios make programs, and
// an explorer, a replay or a shrinker runs them again and again.

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

/// A body with what reports, schedule files and the shrinker need to know of it. A value.
struct Program {
  std::string name;                ///< as schedules and reports name it, with its parameters
  std::vector<HeaderLine> header;  ///< what a schedule must say to be self-contained
  Body body;
  /// Programs that do less, for shrinking; those that do least come last. May be empty.
  std::function<std::vector<SmallerProgram>()> smaller{};
  Bounds bounds{};  ///< of each task in an execution
};

/// A program that does less than another one.
struct SmallerProgram {
  Program program;
  /// The task that it lacks: its number, from 1, among those that the test body makes. The tasks
  /// after it move up. Empty if it has all tasks.
  std::optional<std::uint32_t> without{};
};

}  // namespace sim
