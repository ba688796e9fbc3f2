#pragma once

// One line of the header of a schedule file. A program describes itself in header lines, from which
// its scenario can rebuild it (Program::header, Schedule::program).

#include <cstddef>
#include <string>

namespace sim {

/// A key and the rest of the line after it.
struct HeaderLine {
  std::string key;
  std::string value;
  std::size_t line = 0;    ///< number in the file, from 1; 0 if not read from a file
  std::size_t column = 0;  ///< where the value begins, from 1; 0 if not read from a file
};

}  // namespace sim
