#pragma once

// One line of a schedule's header, and of what a program says about itself in it.

#include <cstddef>
#include <string>

namespace sim {

/// A line of the header: a key and the rest of the line.
struct HeaderLine {
  std::string key;
  std::string value;
  std::size_t line = 0;    ///< likewise
  std::size_t column = 0;  ///< of the value, from 1
};

}  // namespace sim
