#pragma once

#include <sim/base/task_set.hpp>
#include <sim/engine/fiber.hpp>

// The library and all that is linked to it must be built alike, since both have a part in switching
// fibers. A program that is not does not link: the name that its linker misses says what it is
// built for, and the library is not.

#if SIM_ASAN
#define SIM_BUILT_WITH asan
#else
#define SIM_BUILT_WITH no_asan
#endif
#define SIM_JOIN_BUILT_FOR(tasks, with) built_for_##tasks##_tasks_with_##with
#define SIM_EXPAND_BUILT_FOR(tasks, with) SIM_JOIN_BUILT_FOR(tasks, with)
/// built_for_64_tasks_with_no_asan
#define SIM_BUILT_FOR SIM_EXPAND_BUILT_FOR(RACELAB_TASKS_MAX, SIM_BUILT_WITH)

namespace sim {

extern const char SIM_BUILT_FOR;
[[gnu::used]] inline const char* const abi_check = &SIM_BUILT_FOR;

}  // namespace sim
