#pragma once

// The front door to recorders of histories, for programs that include it by this name.

#include <sim/history/history.hpp>  // IWYU pragma: export
