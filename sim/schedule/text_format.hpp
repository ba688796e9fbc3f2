#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include <sim/schedule/schedule.hpp>

namespace sim {

/// Why a text is no schedule, and where. Lines and columns count from 1, columns in bytes.
struct ScheduleError {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;
};

/// Reads the text of a schedule file. Total: any bytes give a schedule or an error.
///
///     racelab schedule 1
///     scenario <name>              these four and any other key, in any order,
///     found-by <text>              each `key rest-of-line`
///     replay   strict              or follow or through; strict where it is missing
///     expect   <outcome>
///     <task> <operation> <object> [failed] [= <value>]
///     choice <task> <kind> -> <index>
///     end
///
/// A byte order mark, blank lines, and lines that start with '#', mean nothing. In names and values
/// `\xNN` is a byte.
std::variant<Schedule, ScheduleError> parse_schedule(std::string_view text);

/// The text of a schedule, such that parse_schedule() gives it back.
std::string format_schedule(const Schedule& schedule);

/// One entry as a line of the file, without the line end.
std::string format_entry(const ScheduleEntry& entry);

}  // namespace sim
