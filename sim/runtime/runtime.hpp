#pragma once

// The runtime policy: concurrent code that is written against the concept sim::Runtime runs
// unchanged on the engine's fibers (sim/runtime/fiber_runtime.hpp) and on real threads
// (sim/runtime/thread_runtime.hpp). The bank's ledger is an example (bank/ledger.hpp).

#include <concepts>
#include <cstdint>
#include <string>

namespace sim {

/// The requirements of a runtime R. Each call on a Cell or Mutex is one step. Its `word`, which
/// must have static lifetime, names the step in the terms of the code ("deduct"). On fibers a step
/// is a scheduling point; on threads the context's hooks are called before and after it.
///
/// - `R::Context` belongs to one task. `check(passed, text)` reports the result of a check that the
///   task made, and `describe(text)` reports what the task does; neither is a step. `text()`
///   returns a string and is called only if the text is shown.
/// - `R::Cell<T>` is a shared variable with a name. `update` replaces the value by change(value) in
///   one step and returns the new value; `peek` reads the value without a step.
/// - `R::Mutex` has a name and an owner, and is not recursive.
/// - `R::Ghost` is a sum that only invariants read. Adding to it is not a step. On real threads it
///   does nothing.
template <class R>
concept Runtime = requires(typename R::Context& context, typename R::template Cell<int>& cell,
                           typename R::Mutex& mutex, typename R::Ghost& ghost, const char* word,
                           int& expected) {
  {typename R::template Cell<int>(1, std::string{})};
  { cell.read(context, word) } -> std::same_as<int>;
  {cell.write(context, word, 1)};
  {
    cell.update(context, word, [](int value) { return value; })
    } -> std::same_as<int>;
  { cell.compare_exchange(context, word, expected, 2) } -> std::same_as<bool>;
  { cell.peek() } -> std::same_as<int>;
  {typename R::Mutex(std::string{})};
  {mutex.lock(context, word)};
  {mutex.unlock(context, word)};
  {ghost.add(std::int64_t{1})};
  { ghost.value() } -> std::same_as<std::int64_t>;
  {context.check(true, [] { return std::string{}; })};
  {context.describe([] { return std::string{}; })};
};

}  // namespace sim
