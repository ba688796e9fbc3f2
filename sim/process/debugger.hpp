#pragma once

// Tells whether a debugger watches this process. Code under test is then run in the process itself
// and without a limit on time, so that breakpoints are hit and a paused process is no hang.

namespace sim {

/// Whether another process, such as a debugger, traces this one.
[[nodiscard]] bool is_traced();

}  // namespace sim
