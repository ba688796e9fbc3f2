#pragma once

// The front door to programs to explore, for programs that include it by this name.

#include <sim/engine/program.hpp>  // IWYU pragma: export
