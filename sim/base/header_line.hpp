#pragma once

// One line of the header of a schedule file. A program describes itself in such lines, from which
// its scenario can build it again (Program::header, Schedule::program).

#include <cstddef>
#include <string>

namespace sim {

/// A key and the rest of its line.
struct HeaderLine {
  std::string key;
  std::string value;
  std::size_t line = 0;    ///< in the file it was read from, from 1; 0 if it was not read
  std::size_t column = 0;  ///< where the value begins, from 1; 0 if it was not read
};

}  // namespace sim
