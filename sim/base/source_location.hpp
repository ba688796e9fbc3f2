#pragma once

#include <cstdint>

namespace sim {

/// A place in a source file. What std::source_location is, which Clang 14 does not have.
struct SourceLocation {
  const char* file;  ///< of static lifetime
  std::uint32_t line;

  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          std::uint32_t line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace sim
