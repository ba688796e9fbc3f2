#pragma once

// Reads and writes whole files. Errors are returned as one line for the user: the path and what
// the system said. A file is never left half written: either the old content stays, or the new one
// is there and on the disk.

#include <string>
#include <string_view>

namespace sim {

/// What is in a file, or why it could not be read.
struct FileText {
  std::string text;
  std::string error;  ///< empty if the file was read
};
/// Reads a file of up to 1 GiB. Blocks if `path` is a pipe, until it is closed.
FileText read_file(const std::string& path);

/// Whether `path` is a regular file with exactly this content.
bool file_holds(const std::string& path, std::string_view text);

/// Creates a file. Returns 0, or the errno of what went wrong: EEXIST if `path` exists; then no
/// file was made.
int create_file(const std::string& path, std::string_view text);

/// Writes `text` to `path`, in place of the regular file that may be there. Returns an empty text,
/// or the error; then what was there is unchanged.
std::string replace_file(const std::string& path, std::string_view text);

/// "path: what the system says about `error`".
std::string file_error(const std::string& path, int error);

}  // namespace sim
