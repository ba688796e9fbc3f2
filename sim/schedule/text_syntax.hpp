#pragma once

// What the parser and the writer of schedule files share: the first line, and escapes. For
// text_parser.cpp and text_writer.cpp only; text_format.hpp is the interface.

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace sim::text_syntax {

// The first line of a file is these two words.
inline constexpr std::string_view kMagic = "racelab schedule";
inline constexpr std::string_view kVersion = "1";

constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

/// `text` as it is written in a file. If `is_word`, spaces are escaped too, because they separate
/// words.
inline std::string escape(std::string_view text, bool is_word) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool edge = i == 0 || i + 1 == text.size();
    if (c == '\\' || is_control(c) || (c == ' ' && (is_word || edge))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace sim::text_syntax
