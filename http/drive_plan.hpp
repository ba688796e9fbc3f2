#pragma once
// Front door for driving schedules: plans of simulated executions for real threads.

// IWYU pragma: begin_exports
#include <http/lab/drive_plan.hpp>
// IWYU pragma: end_exports
