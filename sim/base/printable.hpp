#pragma once

// Text for terminals and shells: safe to print, easy to read, ready to paste.

#include <cstdint>
#include <string>

namespace sim {

/// `text` with a question mark in place of each control character. For text that was read from a
/// file or the network, which could otherwise control the terminal.
std::string printable(std::string text);

/// A number with commas between thousands: 1234567 gives "1,234,567".
std::string with_commas(std::uint64_t number);

/// `text` as one word of a POSIX shell command line, quoted if it has to be.
std::string shell_word(const std::string& text);

}  // namespace sim
