#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <sim/search/saved_search.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {

/// A schedule that an exploration has written, which a lesser one may take the place of.
struct WrittenSchedule {
  std::uint64_t group;  ///< FailureGroup::id
  std::string path;
  std::string text;
};

/// A search in a file, to go on with another time.
struct Checkpoint {
  ExploreCommand command;  ///< what shapes the search; budgets and files are left out
  sim::SavedSearch saved;
  std::vector<WrittenSchedule> schedules;
};

/// Writes it to `path`, in place of an older one, whole or not at all. Empty, or what went wrong.
std::string write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// The error is one line.
std::variant<Checkpoint, std::string> read_checkpoint(const std::string& path);

}  // namespace racelab
