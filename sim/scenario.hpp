#pragma once

// A front door: scenarios and their registry. The declarations are in <sim/testing/scenario.hpp>.

#include <sim/testing/scenario.hpp>
