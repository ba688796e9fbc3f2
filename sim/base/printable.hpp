#pragma once

// Text for terminals and shells: safe to print, easy to read, ready to paste.

#include <cstdint>
#include <string>

namespace sim {

/// `text` with a question mark in place of each control character. For text that was read from a
/// file or the network, which could otherwise control the terminal.
std::string printable(std::string text);

/// `text` with an escape such as "\\n" or "\\x1b" in place of each control character, also of those
/// that UTF-8 writes in two bytes. For text of the code under test, which may contain anything.
std::string escaped(std::string text);

/// A number with commas between thousands: 1234567 gives "1,234,567".
std::string with_commas(std::uint64_t number);

/// `text` as one word of a POSIX shell command line, quoted if it has to be.
std::string shell_word(const std::string& text);

}  // namespace sim
