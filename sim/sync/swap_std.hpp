#pragma once

// The macro of sim/std.hpp, which must be the last header that a file includes: from here on, `std`
// means the namespace sim_std (sim/sync/standard_names.hpp).

#define std sim_std  // NOLINT(bugprone-reserved-identifier)
