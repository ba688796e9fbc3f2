#pragma once

#include <string>
#include <variant>

#include <sim/program.hpp>
#include <sim/recording.hpp>
#include <sim/schedule.hpp>

namespace racelab {

/// Reads and parses a file. The error is one line: "file:line:column: what".
std::variant<sim::Schedule, std::string> read_schedule(const std::string& path);

/// The schedule of a recorded execution of `program`.
sim::Schedule schedule_of(const sim::Program& program, const sim::Recording& recording,
                          std::string found_by);

/// A file that was written, or why none could be.
struct WrittenFile {
  std::string path;
  bool was_there = false;  ///< a file with just this content: nothing was written
  std::string error;       ///< empty where the file is there now
};

/// Writes `text` to `path`, or where another file is there, to "path-2.schedule" and so on. Never
/// overwrites.
WrittenFile write_new_file(const std::string& path, const std::string& text);

/// "bank/double-spend:n=3" makes "bank-double-spend-n-3.schedule".
std::string default_file_name(const std::string& scenario);

}  // namespace racelab
