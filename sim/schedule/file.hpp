#pragma once

// Schedules in files: reads a schedule, makes one from a recorded execution, and writes it to a new
// file, so that no existing file is overwritten. The text format is in sim/schedule/text_format.hpp
// and the functions on files are in sim/base/files.hpp.

#include <string>
#include <string_view>
#include <variant>

#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Reads and parses a file. The error is one line: "file:line:column: what is wrong".
std::variant<Schedule, std::string> read_schedule(const std::string& path);

/// The schedule of a recorded execution of `program`.
Schedule schedule_of(const Program& program, const Recording& recording, std::string found_by);

/// A file that was written, or why it could not be.
struct WrittenFile {
  std::string path;
  bool was_there = false;  ///< a file with exactly this content existed: nothing was written
  std::string error;       ///< one line; empty if the file exists now
  int number = 1;          ///< N if `path` is "name-N.schedule", 1 if it has the name asked for
};

/// Writes `text` to a new file: for `path` "name.schedule" to that file or, if it exists with other
/// content, to "name-2.schedule" and so on. Never overwrites a file. Numbering begins with `first`:
/// a caller that writes many files passes one more than WrittenFile::number of the last one.
WrittenFile write_new_file(const std::string& path, const std::string& text, int first = 1);

/// Replaces the content of `file`, which write_new_file(path, …) has written. If a file with a
/// lower number has exactly this content, removes `file` and returns the other file instead.
WrittenFile rewrite_new_file(const std::string& path, const WrittenFile& file,
                             const std::string& text);

/// The name of a scenario's file: "bank/double-spend:n=3" gives "bank-double-spend-n-3.schedule".
/// A name of more than 160 bytes is shortened and gets a hash of the whole name.
std::string default_file_name(const std::string& scenario, std::string_view suffix = ".schedule");

}  // namespace sim
