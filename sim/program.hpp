#pragma once

// The front door to a program to explore: a body and its bounds, for programs that were written
// before the headers were in rooms.

#include <sim/engine/program.hpp>  // IWYU pragma: export
