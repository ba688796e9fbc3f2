#pragma once

// A front door: explore() runs the executions of a program. The declarations are in
// <sim/search/explorer.hpp>.

#include <sim/search/explorer.hpp>
