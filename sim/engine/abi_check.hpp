#pragma once

// Makes linking fail if a program and the library are built with different settings. Both contain
// code that switches fibers, so they must agree on the number of tasks and on AddressSanitizer. The
// name of the undefined symbol in the linker's message says what the program was built for.

#include <sim/base/task_set.hpp>
#include <sim/engine/fiber.hpp>

#if SIM_ASAN
#define SIM_BUILT_WITH asan
#else
#define SIM_BUILT_WITH no_asan
#endif
#define SIM_JOIN_BUILT_FOR(tasks, with) built_for_##tasks##_tasks_with_##with
#define SIM_EXPAND_BUILT_FOR(tasks, with) SIM_JOIN_BUILT_FOR(tasks, with)
/// The name of the symbol, for example built_for_64_tasks_with_no_asan.
#define SIM_BUILT_FOR SIM_EXPAND_BUILT_FOR(RACELAB_TASKS_MAX, SIM_BUILT_WITH)

namespace sim {

extern const char SIM_BUILT_FOR;
[[gnu::used]] inline const char* const abi_check = &SIM_BUILT_FOR;

}  // namespace sim
