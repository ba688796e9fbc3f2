#pragma once

#include <cstdint>
#include <string>

#include <sim/program.hpp>
#include <sim/recording.hpp>

namespace racelab {

/// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t number);

/// The outcome, the state at the end and the timeline, as `explore`, `replay` and `show` print
/// them.
std::string execution_text(const sim::Recording& recording);

/// Where an executable's user would type it: "tools/run" for one who started there, else
/// "racelab".
std::string command_name();

/// `text` as one word of a shell command line.
std::string shell_word(const std::string& text);

}  // namespace racelab
