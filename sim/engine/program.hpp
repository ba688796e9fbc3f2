#pragma once

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

/// What an exploration runs again and again.
struct Program {
  std::string name;                ///< as schedules and reports name it, with its parameters
  std::vector<HeaderLine> header;  ///< what a schedule must say to be self-contained
  Body body;
  /// Programs that do less, for shrinking: those that do least come last. None where it is empty.
  std::function<std::vector<SmallerProgram>()> smaller{};
  Bounds bounds{};  ///< of each task in an execution
};

struct SmallerProgram {
  Program program;
  /// Which of the tasks that the test body makes, from 1, it has no more; the others move up.
  std::optional<std::uint32_t> without{};
};

}  // namespace sim
