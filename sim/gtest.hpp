#pragma once

// A front door: RACELAB_TEST, tests with GoogleTest. The declarations are in
// <sim/testing/gtest.hpp>.

#include <sim/testing/gtest.hpp>
