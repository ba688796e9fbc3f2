#pragma once

// A front door: properties over inputs and schedules. The declarations are in
// <sim/testing/rapidcheck.hpp>.

#include <sim/testing/rapidcheck.hpp>
