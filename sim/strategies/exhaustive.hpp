#pragma once

// A front door: the strategy that runs every interleaving. The declarations are in
// <sim/search/exhaustive.hpp>.

#include <sim/search/exhaustive.hpp>
