#pragma once

// The front door to explanations of failures, for programs that include it by this name.

#include <sim/diagnose/explain.hpp>  // IWYU pragma: export
