#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Reads and parses a file. The error is one line: "file:line:column: what".
std::variant<Schedule, std::string> read_schedule(const std::string& path);

/// The schedule of a recorded execution of `program`.
Schedule schedule_of(const Program& program, const Recording& recording, std::string found_by);

/// A file that was written, or why none could be.
struct WrittenFile {
  std::string path;
  bool was_there = false;  ///< a file with just this content: nothing was written
  std::string error;       ///< empty where the file is there now
  int number = 1;          ///< N of its "path-N.schedule"; 1 where it is `path` itself
};

/// Writes `text` to `path`, or where another file is there, to "path-2.schedule" and so on. Never
/// overwrites. Who writes many tells with which number to begin: one more than that of the last.
WrittenFile write_new_file(const std::string& path, const std::string& text, int first = 1);

/// Puts `text` in place of what is in `file`, which write_new_file(path, …) has written; where one
/// that it did not overwrite has just this content, `file` is removed instead.
WrittenFile rewrite_new_file(const std::string& path, const WrittenFile& file,
                             const std::string& text);

/// Writes `text` to `path`, in place of what is there, whole or not at all. Empty, or what went
/// wrong.
std::string replace_file(const std::string& path, const std::string& text);

/// First: what is in the file. Second: what went wrong.
std::variant<std::string, std::string> read_text(const std::string& path);

/// "bank/double-spend:n=3" makes "bank-double-spend-n-3.schedule".
std::string default_file_name(const std::string& scenario, std::string_view suffix = ".schedule");

}  // namespace sim
