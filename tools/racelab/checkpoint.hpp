#pragma once

// Reads and writes the file of `racelab explore --checkpoint`, which `--resume` continues from: the
// options that shape the search, the build that it belongs to, its result so far, and the work
// units that are left to explore. The file is JSON; the result and the units are hexadecimal bytes
// (sim/base/bytes.hpp), protected by a digest.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <sim/process/envelope.hpp>
#include <sim/search/saved_search.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// A schedule file that an exploration has written, and may replace by a simpler failure of the
/// same group.
struct WrittenSchedule {
  std::uint64_t group;  ///< FailureGroup::id
  std::string path;
  std::string text;
};

/// A search that is saved in a file, to be resumed by another process.
struct Checkpoint {
  ExploreCommand command;  ///< what shapes the search; budgets and files are left out
  sim::Envelope envelope;  ///< where the search can be continued
  sim::SavedSearch saved;
  std::vector<WrittenSchedule> schedules;
};

/// Writes a checkpoint to `path`, and replaces an older checkpoint there. Never overwrites another
/// file. Returns an empty text or, if the file is unchanged, an error in one line.
std::string write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// A checkpoint as the text of its file.
std::string format_checkpoint(const Checkpoint& checkpoint);

/// Reads a checkpoint. The error is one line.
std::variant<Checkpoint, std::string> read_checkpoint(const std::string& path);
/// Parses the text of a checkpoint file. `path` is only used in the error. Any text is safe to
/// parse.
std::variant<Checkpoint, std::string> parse_checkpoint(const std::string& text,
                                                       const std::string& path);

}  // namespace racelab
