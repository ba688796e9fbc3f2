#pragma once

// The functions that a test body calls besides primitives: SIM_EXPECT and SIM_ASSERT check a
// condition, choose() makes a choice that a search explores, yield() lets other tasks run first,
// mark() and StateView show what happens. Include it as <sim/check.hpp>.

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/invariant.hpp>

/// Fails the execution if `condition` is false, and continues. It is cheap enough for millions of
/// executions.
#define SIM_EXPECT(condition)                                                          \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::sim::detail::expectation_failed(#condition, ::sim::SourceLocation::current()); \
  } while (false)

/// Fails the execution if `condition` is false, and ends the calling task at this point. The task
/// does not release anything, such as locked mutexes.
#define SIM_ASSERT(condition)                                                        \
  do {                                                                               \
    if (!(condition)) [[unlikely]]                                                   \
      ::sim::detail::assertion_failed(#condition, ::sim::SourceLocation::current()); \
  } while (false)

namespace sim {

/// Makes a choice. Returns an index below `alternatives`; a search explores all of them. It is
/// misuse if `alternatives` is 0. Throws UsageError outside an execution.
inline std::uint32_t choose(std::uint32_t alternatives,
                            SourceLocation where = SourceLocation::current()) {
  Engine& engine = Engine::current(where);
  if (alternatives == 0) {
    engine.fail_and_end_task(OutcomeKind::misuse, "choose(0): there is nothing to choose from",
                             where);
  }
  return engine.choose_value(alternatives);
}

/// Holds the calling task back until each other task that is enabled now has made a step or cannot
/// make one. The call is not a step itself. Outside an execution,
/// the UsageError calls std::terminate().
inline void yield(SourceLocation where = SourceLocation::current()) noexcept {
  Engine::current(where).yield();
}

namespace this_thread {

using sim::yield;

}  // namespace this_thread

/// Shows a local event in the timeline. It is neither a step nor a scheduling point. `text()`
/// returns the text to show, and is called only if the event is shown. Throws UsageError outside an
/// execution.
template <std::invocable Text>
void mark(std::string_view label, const Text& text) {
  const Engine& engine = Engine::current(SourceLocation::current());
  if (engine.observer() != nullptr) {
    engine.observer()->on_mark(engine, engine.current_task(), label, text());
  }
}

/// Sets the heading of the calling task in the timeline. `text()` returns the heading, and is
/// called only if it is shown. Throws UsageError outside an execution.
template <std::invocable Text>
void describe_task(const Text& text) {
  const Engine& engine = Engine::current(SourceLocation::current());
  if (engine.observer() != nullptr) {
    engine.observer()->on_task(engine, engine.current_task(), text());
  }
}

/// Shows the state of shared objects at the end of an execution: at its failure or, if it passes,
/// when the view is destroyed. `text()` reads the objects with peek(), and is called only if its
/// text is shown. Declare it after the objects it reads, in the same scope, so that it is destroyed
/// first. Its constructor throws UsageError outside an execution.
class StateView {
 public:
  explicit StateView(std::function<std::string()> text,
                     SourceLocation where = SourceLocation::current())
      : text_(std::move(text)) {
    Engine::current(where).add_state_view(&text_);
  }
  StateView(const StateView&) = delete;
  StateView& operator=(const StateView&) = delete;
  ~StateView() { Engine::current_or_null()->remove_state_view(&text_); }

 private:
  std::function<std::string()> text_;
};

namespace detail {

[[gnu::cold]] inline void expectation_failed(const char* condition, SourceLocation where) {
  Engine::current(where).fail_and_go_on(OutcomeKind::assertion, condition, where);
}
[[noreturn, gnu::cold]] inline void assertion_failed(const char* condition, SourceLocation where) {
  Engine::current(where).fail_and_end_task(OutcomeKind::assertion, condition, where);
}

}  // namespace detail
}  // namespace sim
