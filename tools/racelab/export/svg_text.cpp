#include <tools/racelab/export/svg_text.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include <sim/base/printable.hpp>

namespace racelab {
namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The length in bytes of the longest prefix that is at most `width` characters wide; at least one
/// character.
std::size_t bytes_within(std::string_view text, std::size_t width) {
  std::size_t fits = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (end < text.size() && continues_character(text[end])) continue;
    if (fits > 0 && width_of(text.substr(0, end)) > width) break;
    fits = end;
  }
  return fits;
}

}  // namespace

std::string clean(std::string text) {
  using nlohmann::json;
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  text = sim::printable(json::parse(quoted).get<std::string>());
  // XML forbids U+FFFE and U+FFFF; both become U+FFFD.
  for (const char* const forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at = 0; (at = text.find(forbidden, at)) != std::string::npos;)
      text[at + 2] = '\xBD';
  }
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    if (!continues_character(c)) width += static_cast<unsigned char>(c) >= 0xE1 ? 2 : 1;
  }
  return width;
}

std::string shortened(std::string text, std::size_t width) {
  if (width_of(text) <= width) return text;
  return text.substr(0, bytes_within(text, width - 1)) + "…";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (width_of(text) > width) {
    std::size_t end = bytes_within(text, width);
    const std::size_t space = text.substr(0, end + 1).rfind(' ');
    if (space != std::string_view::npos && space > 0) end = space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace racelab
