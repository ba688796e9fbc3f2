#pragma once

// The exception for wrong use of the library that cannot be reported as the failure of an
// execution, because no execution is running or the wrong one is. It indicates a mistake of the
// test's author, so what() says what to change.

#include <stdexcept>

namespace sim {

/// Reports wrong use of the library, for example a sim:: object that is used outside an execution,
/// or an engine that is run inside another one. what() says where and what to change.
class UsageError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace sim
