#pragma once

// The front door to all primitives, and to the checks and choices of code under test. docs/model.md
// says what each primitive models.

// IWYU pragma: begin_exports
#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/atomic_flag.hpp>
#include <sim/sync/atomic_functions.hpp>
#include <sim/sync/atomic_ref.hpp>
#include <sim/sync/atomic_shared_ptr.hpp>
#include <sim/sync/await.hpp>
#include <sim/sync/barrier.hpp>
#include <sim/sync/call_once.hpp>
#include <sim/sync/channel.hpp>
#include <sim/sync/clock.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/condition_variable_any.hpp>
#include <sim/sync/counting_semaphore.hpp>
#include <sim/sync/future.hpp>
#include <sim/sync/jthread.hpp>
#include <sim/sync/latch.hpp>
#include <sim/sync/lock.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/packaged_task.hpp>
#include <sim/sync/recursive_mutex.hpp>
#include <sim/sync/shared_mutex.hpp>
#include <sim/sync/stop_token.hpp>
#include <sim/sync/task_local.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/thread_specific.hpp>
#include <sim/sync/tracked.hpp>
#include <sim/sync/var.hpp>
// IWYU pragma: end_exports
