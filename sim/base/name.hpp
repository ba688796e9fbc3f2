#pragma once

// The name that a test gives to a shared object, for schedules, timelines and messages. A name is a
// string literal, as in `sim::mutex door{"door"}`, or a text that sim::name() copies, as in
// `sim::mutex door{sim::name("door of " + room)}`. No other text converts to a name, because the
// engine uses names after the expression that made them has ended.

#include <cstddef>
#include <string_view>

namespace sim {

/// A string literal, or another constant array that lives as long as the program. Pointers,
/// std::strings and non-const arrays do not convert to it.
class LiteralText {
 public:
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is one.
  constexpr LiteralText(const char (&literal)[N]) : text_(literal) {}
  template <std::size_t N>
  LiteralText(char (&buffer)[N]) = delete;  // use sim::name(buffer), which copies it

  [[nodiscard]] constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// A text and, for one of several objects, an index; shown as `text[index]`. An object whose name
/// has no text is named by the engine. A Name is trivially copyable: its text lives as long as the
/// program, because it is a literal or was kept by name().
class Name {
 public:
  constexpr Name() = default;
  // Constexpr, not consteval: a literal can then be passed on, as by std::make_unique, and Clang 14
  // crashes on functions that make several objects with consteval constructors.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  constexpr Name(const char (&literal)[N]) : text_(literal) {}
  template <std::size_t N>
  Name(char (&buffer)[N]) = delete;  // use sim::name(buffer), which copies it
  constexpr Name(LiteralText text, std::size_t index)
      : text_(text.view()), index_(static_cast<std::ptrdiff_t>(index)) {}

  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  /// Negative if the name has no index.
  [[nodiscard]] constexpr std::ptrdiff_t index() const { return index_; }

 private:
  friend Name name(std::string_view text);
  friend Name name(std::string_view text, std::size_t index);
  static Name of_kept_text(std::string_view text, std::ptrdiff_t index) {
    Name made;
    made.text_ = text;
    made.index_ = index;
    return made;
  }

  std::string_view text_;
  std::ptrdiff_t index_ = -1;
};

/// Returns a name with a copy of `text`. Equal texts share one copy, which is kept until the
/// process ends: a test makes the same names in each of its executions. Thread-safe.
[[nodiscard]] Name name(std::string_view text);
/// Returns a name with a copy of `text` and an index, for one of several objects. The copy is kept
/// until the process ends. Thread-safe.
[[nodiscard]] Name name(std::string_view text, std::size_t index);

}  // namespace sim
