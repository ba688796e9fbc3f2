#pragma once

// Where in the code under test the running function was called from, for operations that cannot
// take a SourceLocation: destructors, and operators such as those of std::atomic. call_path() notes
// return addresses, which is cheap; place_of() looks them up in the debug information of the
// program, when a report needs the place. It is known only if there is such information and the
// tool addr2line of binutils is installed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

/// A position in a file of machine code. Valid in each process that runs the same program.
struct CodeAddress {
  std::string module;  ///< path of a shared library; empty for the program itself
  std::uint64_t offset = 0;
  friend bool operator==(const CodeAddress&, const CodeAddress&) = default;
};

/// The return addresses of a function and its callers, the innermost first.
using CallPath = std::vector<CodeAddress>;

/// The return addresses of a function and its callers in this process, the innermost first.
using ReturnAddresses = std::vector<void*>;

/// The return addresses of the calling function; empty if the platform cannot tell. Takes some
/// microseconds.
ReturnAddresses return_addresses();
/// The positions of the calls that return to `addresses`. Requires that their modules are loaded.
CallPath call_path(const ReturnAddresses& addresses);

/// A line of source code.
struct CodeLine {
  std::string file;  ///< without directories; empty if not known
  std::uint32_t line = 0;
};

/// Whether the source file at this path is a header of the system or of the standard library.
bool is_of_system(std::string_view path);
/// Whether the file at this path is a shared library of the system.
bool is_library_of_system(std::string_view path);
/// The innermost line of `path` that belongs neither to sim nor to the standard library; an empty
/// file if it is not known. The first question about a path may start processes and take a second;
/// answers are kept. Thread-safe.
CodeLine place_of(const CallPath& path);

}  // namespace sim
