#pragma once

// The front door to the search by traces, for programs that include it by this name.

#include <sim/search/dpor/dpor.hpp>  // IWYU pragma: export
