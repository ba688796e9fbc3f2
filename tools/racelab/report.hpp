#pragma once

// Output of the command: writes to standard output and standard error, formats error messages with
// the program's name, and finds out the size and the colours of the terminal.

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

/// Stores argv[0], which command_name() and program_name() use; null if it is unknown.
void set_command(const char* first_argument);
/// The command that starts this program, quoted for a shell: the value of the environment variable
/// RACELAB_COMMAND if it is set, as tools/run does, and otherwise argv[0].
std::string command_name();
/// The program's name without its directory.
std::string program_name();

/// Writes to standard output. Errors are reported by finish_output().
void write_out(std::string_view text);
/// Writes to standard error. Errors are ignored.
void write_error(std::string_view text);

/// Formats and writes to standard output.
template <class... Arguments>
void print_out(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_out(fmt::format(format, std::forward<Arguments>(arguments)...));
}
/// Formats and writes to standard error.
template <class... Arguments>
void print_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_error(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Writes an error message that begins with the program's name, as in "racelab: …".
template <class... Arguments>
void print_problem(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  print_error("{}: {}", program_name(), fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Flushes standard output. Returns `code`, or kCouldNot if something could not be written. A
/// reader that closed its end, as `head` does, is not an error.
ExitCode finish_output(ExitCode code);

/// The width of the terminal in characters; 100 if standard output is not a terminal.
std::size_t terminal_width();
/// Whether standard error is a terminal on which a line can be written again: not one with
/// TERM=dumb.
bool terminal_shows_progress();
/// Whether standard output is a terminal that shows colours, and NO_COLOR is not set.
bool terminal_has_colours();

/// sim::execution_text() for the terminal, as `explore`, `replay` and `show` print it. The middle
/// of a long execution is left out unless `whole`. If `why` is not null, the necessary orders are
/// marked, and the cause follows.
std::string terminal_text(const sim::Recording& recording, bool whole = false,
                          const sim::Explanation* why = nullptr);

}  // namespace racelab
