#pragma once

// The front door to the check of histories, for programs that include it by this name.

#include <sim/history/linearizability.hpp>  // IWYU pragma: export
