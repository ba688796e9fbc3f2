#pragma once

// The exception for wrong use of the library that no execution can report, because none is running
// or the wrong one is. It is a mistake of the test's author, so what() says what to change.

#include <stdexcept>

namespace sim {

/// The library was called in a way that no execution can report: a sim:: object used outside an
/// execution, an engine run inside another one. what() names the place.
class UsageError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace sim
