#pragma once

// The front door to recorders of histories, for programs that were written before the headers were in rooms.

#include <sim/history/history.hpp>  // IWYU pragma: export
