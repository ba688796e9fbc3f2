#pragma once

#include <concepts>
#include <cstdint>
#include <string>

namespace sim {

/// What concurrent code is written against, so that the same source runs on the engine's fibers and
/// on real threads. Each call on a Cell or Mutex is one named step: `word` is of static lifetime
/// and says what the step is in the code's own terms ("deduct"). On fibers a step is a scheduling
/// point; on threads the context is told before and after it.
///
/// - `R::Context` belongs to one task. `check(passed, text)` tells of a local decision, no step;
///   `describe(text)` says what the task does. `text` is callable and gives a string; it is called
///   only where the text is shown.
/// - `R::Cell<T>` is a shared variable. `update` replaces the value by change(value) in one
///   operation and returns the new one; `peek` reads it without a step.
/// - `R::Mutex` has an owner and is not recursive.
/// - `R::Ghost` is a sum that only invariants read, no step. On real threads it is nothing.
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
