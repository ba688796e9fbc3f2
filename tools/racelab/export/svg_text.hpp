#pragma once

// Text for the picture that svg.cpp draws. SVG neither breaks nor measures lines, so their width is
// counted here in characters of a font of fixed width.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace racelab {

/// The maximum width of the text of a cell, in characters; shortened() shortens longer texts to it.
inline constexpr std::size_t kCellMax = 56;

/// `text` as UTF-8 that XML allows, on one line. The other functions require the result of clean().
std::string clean(std::string text);

/// `text` with the characters escaped that XML reserves, for an element or an attribute.
std::string escaped(std::string_view text);

/// The width of `text` in characters. A character of an East Asian script counts as two.
std::size_t width_of(std::string_view text);

/// `text` if it is at most `width` wide; otherwise its beginning with an ellipsis, of that width.
std::string shortened(std::string text, std::size_t width = kCellMax);

/// `text` in lines of at most `width` characters, broken at spaces if there are any.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace racelab
