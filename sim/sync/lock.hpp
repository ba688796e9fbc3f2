#pragma once

// The standard's locks, which work with the mutexes of sim as they are, under the names that they
// need in code in which `std::` was replaced by `sim::` throughout.

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
