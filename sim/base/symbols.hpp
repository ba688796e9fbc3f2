#pragma once

// Finds out which function an address of code belongs to, so that a report can say where a thread
// stands: from the symbols that libraries export, and from the symbol table of the program itself,
// which a program has unless it was stripped. Debug information is not needed, and not used.

#include <span>
#include <string>

namespace sim {

/// A function, as found by its address.
struct Symbol {
  std::string name;         ///< as the linker knows it: "_Z3runv"; empty if not known
  bool in_program = false;  ///< whether the code belongs to the program, not to a shared library
};

/// The function that contains the instruction at `address`.
Symbol symbol_at(const void* address);

/// The name for a report, without parameters. For sim's function that calls the code of a thread,
/// the name of that code.
std::string name_of_own(const Symbol& symbol);
/// Whether the function is one of the program, and not an inline function of the standard library.
bool is_own_function(const Symbol& symbol);

/// The innermost function of the program that has called the library that throws exceptions.
/// `calls` are the addresses of the calls that a handler of std::terminate() is in, the innermost
/// first. Empty if not known.
std::string thrower(std::span<void* const> calls);

/// The name of a function as in source code, without parameters and long template arguments:
/// "Pool::run" for "_ZN4Pool3runEi". Other names are returned as they are.
std::string demangled(const std::string& name);

}  // namespace sim
