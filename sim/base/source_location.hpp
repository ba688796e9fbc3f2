#pragma once

// Where in the code under test something happened, for messages. Each public operation of sim takes
// one as its last parameter, with current() as default.

#include <cstdint>
#include <string_view>

namespace sim {

/// A place in a source file. It stands in for std::source_location, which Clang 14 lacks.
struct SourceLocation {
  const char* file;  ///< has static lifetime
  std::uint32_t line;

  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          std::uint32_t line = __builtin_LINE()) noexcept {
    return {file, line};
  }
  /// The file without its directories, which differ between machines.
  [[nodiscard]] constexpr std::string_view file_name() const {
    const std::string_view path{file};
    return path.substr(path.find_last_of('/') + 1);
  }
};

}  // namespace sim
