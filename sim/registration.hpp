#pragma once

// A front door: RACELAB_SCENARIO. The declarations are in <sim/testing/registration.hpp>.

#include <sim/testing/registration.hpp>
