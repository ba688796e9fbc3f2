#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <sim/base/limits.hpp>
#include <sim/engine/engine.hpp>

namespace sim::test {

/// One operation of a random program. An operation that is not possible at its place is skipped, so
/// that any list of operations is a program, and a failing program can be shrunk by removing
/// operations.
struct RandomOperation {
  enum class Kind : std::uint8_t {
    load,        ///< value := object
    store,       ///< object := number
    store_next,  ///< object := value + 1
    add,         ///< object += number; value := the old one
    compare,     ///< if object is `number`, it becomes number + 1; value := whether it did
    lock,        ///< a mutex that the task does not hold
    try_lock,    ///< a mutex that the task does not hold; value := whether it succeeded
    unlock,      ///< a mutex that it holds
    misuse,      ///< unlock a mutex that it does not hold
    check,       ///< SIM_ASSERT that value is `number`; the task may end here, without releasing
                 ///< anything
    choose,      ///< value := choose(2 or 3)
    if_value,    ///< the next operation only if value is `number`
    spawn,       ///< one of the program's later tasks, joined at the end of this one
    wait,        ///< for a condition variable, with a mutex that the task holds
    notify_one,  ///< that condition variable
    notify_all,
    wait_value,  ///< until a variable is not `number`
    notify_one_value,
    notify_all_value,
    lock_exclusively,  ///< a shared mutex that the task does not hold
    try_lock_exclusively,
    unlock_exclusively,  ///< a shared mutex that it holds exclusively
    lock_shared,
    try_lock_shared,
    unlock_shared,
    wait_shared,  ///< for the condition variable of any lock, with the shared mutex held shared
    notify_any,   ///< one task of that condition variable
    acquire,      ///< one permit of a semaphore
    try_acquire,
    release,
    count_down,  ///< a latch
    await_latch,
    try_await_latch,
    meet,  ///< arrive at a barrier and wait; its completion adds to a variable
    drop,  ///< arrive at it for the last time
    sleep,
    now,
    try_lock_for,
    try_lock_shared_for,
    try_acquire_for,
    wait_for,     ///< as wait; value := whether it timed out
    await_value,  ///< as wait_value, in one step
    await_for,
    compare_weak,
    wait_or_stop,  ///< with a stop_token, for the condition variable of any lock
    request_stop,
    at_stop,  ///< registers a callback that adds to a variable, until the task ends
    call_once,
    send,  ///< into a channel with room for one
    receive,
    try_send,
    try_receive,
    close,
    last = close
  };
  Kind kind;
  std::uint8_t object;  ///< index of a variable, mutex or task
  std::uint8_t number;  ///< a small number

  friend bool operator==(const RandomOperation&, const RandomOperation&) = default;
};

/// A program of a few tasks on a few variables and mutexes.
struct RandomProgram {
  std::vector<std::vector<RandomOperation>> tasks;
  bool invariant = false;   ///< whether there is an invariant on two variables and a mutex
  bool body_steps = false;  ///< whether the test body makes a step before and after each task it
                            ///< makes
  Bounds bounds{};

  [[nodiscard]] Body body() const;
};

std::ostream& operator<<(std::ostream& out, const RandomProgram& program);

/// The Mazurkiewicz trace of an execution as a text, with all values. Equal for two executions
/// exactly if they have the same trace. Written to be obviously correct, not fast. Requires
/// EngineOptions::record_order.
std::string trace_text(const Engine& engine);

}  // namespace sim::test
