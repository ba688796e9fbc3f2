#pragma once

// The text of schedule files: parse_schedule() reads it, format_schedule() writes it.
// sim/schedule/file.hpp reads and writes the files themselves.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include <sim/schedule/schedule.hpp>

namespace sim {

/// Why a text is not a schedule, and where. Lines and columns count from 1, columns in bytes.
struct ScheduleError {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;
};

/// Reads the text of a schedule file. Any bytes give a schedule or an error.
///
///     racelab schedule 1
///     scenario <name>              header lines: these and any other key, in any
///     found-by <text>              order, each a key and the rest of its line
///     replay   strict              or follow or through; strict if it is missing
///     expect   <outcome>
///     <task> <operation> <object> [failed] [= <value>]
///     choice <task> <kind> -> <index>
///     end
///
/// A byte order mark, blank lines, and lines that start with '#' are ignored. In names and values
/// `\xNN` stands for a byte, in two hexadecimal digits.
std::variant<Schedule, ScheduleError> parse_schedule(std::string_view text);

/// The text of a schedule: parse_schedule() turns it into an equal one.
std::string format_schedule(const Schedule& schedule);

/// One entry as a line of the file, without the line end.
std::string format_entry(const ScheduleEntry& entry);

}  // namespace sim
