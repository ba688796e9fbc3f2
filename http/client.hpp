#pragma once
// Front door of the HTTP client: `racelab drive` and the commands that fetch schedules use it.

// IWYU pragma: begin_exports
#include <http/server/client.hpp>
// IWYU pragma: end_exports
