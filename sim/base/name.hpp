#pragma once

#include <cstddef>
#include <string_view>

namespace sim {

/// The name a test gives to a shared object: a text and, for one of several, an index, shown as
/// `text[index]`. Does not own the text, which must outlive the object.
struct Name {
  std::string_view text;
  std::ptrdiff_t index = -1;  ///< negative: no index

  constexpr Name() = default;
  // NOLINTBEGIN(google-explicit-constructor): a literal is a name.
  constexpr Name(const char* name) : text(name) {}
  Name(std::nullptr_t) = delete;
  constexpr Name(std::string_view name) : text(name) {}
  // NOLINTEND(google-explicit-constructor)
  constexpr Name(std::string_view name, std::size_t number)
      : text(name), index(static_cast<std::ptrdiff_t>(number)) {}
};

}  // namespace sim
