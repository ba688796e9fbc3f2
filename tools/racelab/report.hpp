#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/recording.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// Says how this program was started, for the two functions below; null where that is not known.
void set_command(const char* first_argument);
/// What the program's user types to start it, as a word of a shell: "tools/run" for one who started
/// there, else the path or the name that it was started by.
std::string command_name();
/// The program's name without its directory.
std::string program_name();

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

/// The same, headed by this program's name, as in "racelab: …".
template <class... Arguments>
void print_problem(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  print_error("{}: {}", program_name(), fmt::format(format, std::forward<Arguments>(arguments)...));
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

/// `text` as one word of a shell command line.
std::string shell_word(const std::string& text);

}  // namespace racelab
