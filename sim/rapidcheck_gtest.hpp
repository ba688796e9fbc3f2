#pragma once

// A front door: RACELAB_PROP, properties as tests of GoogleTest. The declarations are in
// <sim/testing/rapidcheck_gtest.hpp>.

#include <sim/testing/rapidcheck_gtest.hpp>
