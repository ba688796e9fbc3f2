#pragma once
// How the lab and its HTTP interface report input that they refuse: a value or the reason, with no
// exception. The HTTP interface turns the kind into a status.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace http {

/// Why an input was refused.
struct Invalid {
  enum class Kind : std::uint8_t {
    unreadable,   ///< the text could not be parsed
    unacceptable  ///< the text was parsed, but its shape or a value is wrong
  };
  Kind kind;
  std::string detail;  ///< what is wrong, and where
};

/// A decoded input, or why it was refused.
template <class T>
using Decoded = std::variant<T, Invalid>;

}  // namespace http
