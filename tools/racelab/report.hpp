#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/recording.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

using sim::printable;
using sim::shell_word;
using sim::with_commas;

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

/// How wide the terminal is that standard output is, in characters; 100 where it is none.
std::size_t terminal_width();
/// Whether standard output is a terminal that may be given colours: NO_COLOR is not set.
bool terminal_has_colours();

/// sim::execution_text(), as `explore`, `replay` and `show` print it; of a long one the beginning
/// and the end, unless `whole`. `why`, if it is not null, is marked in it and said below.
std::string terminal_text(const sim::Recording& recording, bool whole = false,
                          const sim::Explanation* why = nullptr);

}  // namespace racelab
