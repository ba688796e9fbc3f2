#pragma once

// A front door: conditions that are checked after every step. The declarations are in
// <sim/engine/invariant.hpp>.

#include <sim/engine/invariant.hpp>
