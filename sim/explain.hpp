#pragma once

// The front door to explanations of failures, for programs that were written before the headers
// were in rooms.

#include <sim/diagnose/explain.hpp>  // IWYU pragma: export
