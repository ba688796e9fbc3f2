#pragma once

// The rules of this repository that no compiler checks, as functions from the text of files to
// the violations in it. repository_test.cpp applies them to the files of the repository,
// rules_test.cpp to planted violations.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace repository {

/// A text file. `name` is its path from the root, as in "sim/engine/engine.hpp".
struct SourceFile {
  std::string name;
  std::vector<std::string> lines;
};

/// A place where a rule does not hold. Lines count from 1; 0 means the file as a whole.
struct Violation {
  std::string file;
  std::size_t line;
  std::string what;
};

using Violations = std::vector<Violation>;

/// Whether the file is C++: .cpp or .hpp.
bool is_cpp(const SourceFile& file);

/// The room that a file belongs to: "sim/search" for sim/search/dpor/dpor.hpp, "http" or "bank"
/// for what is directly there, and "sim" for the front doors in sim/ and sim/strategies/.
std::string room_of(std::string_view name);

/// The height of a room in the table of floors; -1 if the table does not have it.
int floor_of(std::string_view room);

/// The project's own headers that a file includes, each with its line.
std::vector<std::pair<std::string, std::size_t>> own_includes(const SourceFile& file);

/// Includes of a higher room by a lower one, includes of a front door by a room of sim, and files
/// in rooms that the table of floors does not have.
Violations against_the_floors(const SourceFile& file);

/// Rooms that include each other, directly or through others. One violation for each such room.
Violations circles_between_rooms(const std::vector<SourceFile>& files);

/// Decisions that read a text made for people: a search in, a part of, or a comparison with a
/// literal of `message`, `cause`, `summary()` or `what()` in product code.
Violations parsed_messages(const SourceFile& file);

/// Headers in sim and http that do not open, between `#pragma once` and their first include, with
/// a `//` comment of at least one full sentence that says what they are for.
Violations unexplained_header(const SourceFile& file);

/// Anything but comments and includes in a header directly in sim/, and any source there.
Violations more_than_a_front_door(const SourceFile& file);

/// Phrases that style forbids, in code, comments, messages and prose, and comments that begin
/// with "Of". Program output in documents and file formats are not checked.
Violations idioms(const SourceFile& file);

/// Sources and headers of the product that are longer than 400 lines.
Violations too_long(const SourceFile& file);

}  // namespace repository
