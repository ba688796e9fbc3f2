#pragma once

// Reads and writes whole files. Errors are returned as one line for the user: the path and the
// system's message. A file is never left half written: either the old content stays, or the new one
// is there and on the disk.

#include <string>
#include <string_view>

namespace sim {

/// The content of a file, or why it could not be read.
struct FileText {
  std::string text;
  std::string error;  ///< empty if the file was read
};
/// Reads a file of up to 1 GiB. Blocks if `path` is a pipe, until it is closed.
FileText read_file(const std::string& path);

/// Whether `path` is a regular file with exactly this content.
bool file_holds(const std::string& path, std::string_view text);

/// Creates a file with the content `text` and writes it to the disk. Returns 0 or an errno: EEXIST
/// if `path` exists. After an error there is no new file.
int create_file(const std::string& path, std::string_view text);

/// Writes `text` to `path`, and replaces the regular file at that path if there is one. Returns an
/// empty text, or the error; after an error the old file is unchanged.
std::string replace_file(const std::string& path, std::string_view text);

/// The line for an errno: `path`, a colon and the system's message for `error`.
std::string file_error(const std::string& path, int error);

}  // namespace sim
