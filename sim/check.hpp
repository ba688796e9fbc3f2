#pragma once

// A front door: checks, choices and notes for the code under test. The declarations are in
// <sim/engine/check.hpp>.

#include <sim/engine/check.hpp>
