#pragma once

// The name that a test gives to a shared object, for schedules, timelines and messages. A string
// literal, as in `sim::mutex door{"door"}`, is used as it is. Any other text, as in
// `sim::mutex door{"door of " + room}`, is copied, because the engine uses names after the
// expression that made them has ended.

#include <concepts>
#include <cstddef>
#include <string>
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

/// A type of texts that may not live as long as the program.
template <class Text>
concept OtherText = std::same_as<Text, const char*> || std::same_as<Text, char*> ||
    std::same_as<Text, std::string> || std::same_as<Text, std::string_view>;

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
  /// Copies any other text, as name() does.
  template <OtherText Text>
  // NOLINTNEXTLINE(google-explicit-constructor): a text is a name.
  Name(const Text& text);
  template <OtherText Text>
  Name(const Text& text, std::size_t index);
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a text is a name.
  Name(char (&buffer)[N]) : Name(std::string_view{buffer}) {}
  template <std::size_t N>
  Name(char (&buffer)[N], std::size_t index) : Name(std::string_view{buffer}, index) {}
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

template <OtherText Text>
Name::Name(const Text& text) : Name(name(std::string_view{text})) {}
template <OtherText Text>
Name::Name(const Text& text, std::size_t index) : Name(name(std::string_view{text}, index)) {}

}  // namespace sim
