#pragma once

// Which build of a program is running: two processes with the same build id run the same code.

#include <string>

namespace sim {

/// The file name of the program that is running, without directories; empty if it is not known.
std::string executable_name();

/// Identifies the code of the program and of the shared libraries that it has loaded: their GNU
/// build ids or, for a file without one, a hash of its bytes. Hexadecimal. Libraries of the system
/// are left out, because an update of one must not end a search.
std::string build_id();

}  // namespace sim
