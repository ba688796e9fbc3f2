#pragma once

#include <cstdint>
#include <string>

namespace sim {

/// `text` with control characters made visible, for what came out of a file.
std::string printable(std::string text);

/// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t number);

/// `text` as one word of a shell command line.
std::string shell_word(const std::string& text);

}  // namespace sim
