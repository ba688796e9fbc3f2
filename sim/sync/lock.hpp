#pragma once

#include <mutex>
#include <shared_mutex>

/// The standard's locks, which work over sim's mutexes as they are: under the name that they have
/// where `std::` was replaced by `sim::` everywhere.
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
