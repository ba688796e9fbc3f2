#pragma once

// The front door to the check of histories, for programs that were written before the headers were in rooms.

#include <sim/history/linearizability.hpp>  // IWYU pragma: export
