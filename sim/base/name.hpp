#pragma once

// The name that a test gives to a shared object, for schedules, timelines and messages. It is a
// string literal, `sim::mutex door{"door"}`, or text that sim::name() takes a copy of,
// `sim::mutex door{sim::name("door of " + room)}`. No other text becomes a name, because the engine
// shows names after the expression that made them has ended.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sim {

/// Text of which the compiler knows that it lives as long as the program: a string literal, or a
/// constant array of static storage duration. Anything else does not compile.
class LiteralText {
 public:
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is one.
  consteval LiteralText(const char (&literal)[N]) : text_(literal) {}

  [[nodiscard]] constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

/// A text and, for one of several objects, an index; shown as `text[index]`. A name without text
/// leaves it to the engine to name the object.
///
/// A name made of a literal allocates nothing and can be a constant; one made by name() shares its
/// text with its copies. Different threads may use different copies.
class Name {
 public:
  constexpr Name() = default;
  /// Where this does not compile because its argument is "not a constant expression", as in
  /// std::make_unique<sim::mutex>("door"), pass `sim::Name{"door"}`, or sim::name(text) for text
  /// that is no literal.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a name.
  consteval Name(const char (&literal)[N]) : text_(literal) {}
  constexpr Name(LiteralText text, std::size_t index)
      : text_(text.view()), index_(static_cast<std::ptrdiff_t>(index)) {}

  constexpr Name(const Name& other)
      : text_(other.text_), index_(other.index_), owned_(other.owned_) {
    if (owned_ != nullptr) keep(*owned_);
  }
  constexpr Name(Name&& other) noexcept
      : text_(std::exchange(other.text_, {})),
        index_(other.index_),
        owned_(std::exchange(other.owned_, nullptr)) {}
  constexpr Name& operator=(Name other) noexcept {
    std::swap(text_, other.text_);
    std::swap(index_, other.index_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  constexpr ~Name() {
    if (owned_ != nullptr) release(*owned_);
  }

  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  /// Negative if the name has no index.
  [[nodiscard]] constexpr std::ptrdiff_t index() const { return index_; }
  /// Whether the text lives only as long as this name and its copies.
  [[nodiscard]] constexpr bool owns_text() const { return owned_ != nullptr; }

 private:
  struct Owned;
  friend Name name(std::string_view text);
  friend Name name(std::string_view text, std::size_t index);
  Name(std::string_view text, std::ptrdiff_t index, Owned* owned)
      : text_(text), index_(index), owned_(owned) {}
  static Name with_copy_of(std::string_view text, std::ptrdiff_t index);
  static void keep(Owned& owned);
  static void release(Owned& owned);

  std::string_view text_;
  std::ptrdiff_t index_ = -1;
  Owned* owned_ = nullptr;  ///< counts the names that share text_; null if text_ is a literal
};

/// A name that owns a copy of `text`.
[[nodiscard]] Name name(std::string_view text);
/// A name that owns a copy of `text`, for one of several objects.
[[nodiscard]] Name name(std::string_view text, std::size_t index);

}  // namespace sim
