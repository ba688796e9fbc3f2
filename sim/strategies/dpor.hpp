#pragma once

// The front door to the search by traces, for programs that were written before the headers were in rooms.

#include <sim/search/dpor/dpor.hpp>  // IWYU pragma: export
