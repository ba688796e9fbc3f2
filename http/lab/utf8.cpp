#include <http/lab/utf8.hpp>

#include <cstddef>
#include <cstdint>

namespace http {
namespace {

/// The encodings of one length: what the first byte must be, and the smallest code point that needs
/// this length.
struct Form {
  std::uint32_t mask;
  std::uint32_t lead;
  std::size_t bytes;
  std::uint32_t smallest;
};
constexpr Form kForms[]{
    {0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};

/// Returns the length of the character at the beginning of the text, or 0 if it is not well-formed.
std::size_t character_length(std::string_view text) {
  const auto byte_at = [text](std::size_t i) { return std::uint32_t{std::uint8_t(text[i])}; };
  for (const Form& form : kForms) {
    if ((byte_at(0) & form.mask) != form.lead) continue;
    if (text.size() < form.bytes) return 0;
    std::uint32_t code = byte_at(0) & ~form.mask;
    for (std::size_t i = 1; i < form.bytes; ++i) {
      if ((byte_at(i) & 0xC0U) != 0x80U) return 0;
      code = (code << 6U) | (byte_at(i) & 0x3FU);
    }
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < form.smallest || code > 0x10FFFF || is_surrogate ? 0 : form.bytes;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace http
