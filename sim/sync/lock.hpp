#pragma once

// The locks of the standard library work with the mutexes of sim. This header makes them available
// in namespace sim, so that code in which `std::` was replaced by `sim::` throughout compiles.

#include <mutex>
#include <shared_mutex>

namespace sim {

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::lock_guard;
using std::scoped_lock;
using std::shared_lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;
using std::unique_lock;

}  // namespace sim
