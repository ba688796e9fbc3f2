#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/recording.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// Writes to standard output. Never fails: finish_output() tells.
void write_out(std::string_view text);
/// Writes to standard error, and not at all where that cannot be.
void write_error(std::string_view text);

template <class... Arguments>
void print_out(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_out(fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <class... Arguments>
void print_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_error(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// `code`, or kCouldNot where standard output could not be written. That its reader has gone away,
/// as `head` does, is none of our business.
ExitCode finish_output(ExitCode code);

/// `text` with control characters made visible, for what came out of a file.
std::string printable(std::string text);

/// 1234567 as "1,234,567".
std::string with_commas(std::uint64_t number);

/// The outcome, the state at the end and the timeline, as `explore`, `replay` and `show` print
/// them; of a long one the beginning and the end, unless `whole`.
std::string execution_text(const sim::Recording& recording, bool whole = false);

/// Where an executable's user would type it: "tools/run" for one who started there, else
/// "racelab".
std::string command_name();

/// `text` as one word of a shell command line.
std::string shell_word(const std::string& text);

}  // namespace racelab
