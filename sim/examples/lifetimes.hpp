#pragma once

// Objects on a caller's frame that another task still uses when the caller returns: the commonest
// fault of code that waits for an asynchronous operation.

#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds `example/sync-wait`, a run loop on the frame of its caller that is woken after it may have
/// returned; `example/notify-after-unlock`, the same with a condition variable; each with `-fixed`;
/// and `example/two-spinners`, which holds: two tasks that spin and yield until a third has stored.
void add_lifetimes(Registry& registry);

}  // namespace sim
