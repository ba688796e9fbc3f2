#pragma once

// The file of `racelab explore --checkpoint`, from which `--resume` goes on: the command line that
// shapes the search, what was found and what is left to explore. JSON, with the latter two as
// hexadecimal bytes (sim/base/bytes.hpp) and a digest over them.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <sim/search/saved_search.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// A schedule file that an exploration has written, and may replace by a simpler one of its group.
struct WrittenSchedule {
  std::uint64_t group;  ///< FailureGroup::id
  std::string path;
  std::string text;
};

/// A search that is saved in a file, to be resumed by another process.
struct Checkpoint {
  ExploreCommand command;  ///< what shapes the search; budgets and files are left out
  sim::SavedSearch saved;
  std::vector<WrittenSchedule> schedules;
};

/// Writes a checkpoint to `path`, in place of an older one. Never overwrites a file that is not a
/// checkpoint. Returns an empty text, or the error in one line; then the older one is unchanged.
std::string write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// The text of the file of a checkpoint.
std::string format_checkpoint(const Checkpoint& checkpoint);

/// Reads a checkpoint. The error is one line.
std::variant<Checkpoint, std::string> read_checkpoint(const std::string& path);
/// Reads the text of the checkpoint file `path`, which is named in the error. Accepts any text.
std::variant<Checkpoint, std::string> parse_checkpoint(const std::string& text,
                                                       const std::string& path);

}  // namespace racelab
