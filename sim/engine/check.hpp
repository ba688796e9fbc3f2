#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/invariant.hpp>

/// Fails the execution where `condition` is false, and goes on. Cheap enough for a check at the end
/// of every one of millions of executions.
#define SIM_EXPECT(condition)                                                          \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::sim::detail::expectation_failed(#condition, ::sim::SourceLocation::current()); \
  } while (false)

/// Fails the execution where `condition` is false, and ends the calling task there, which releases
/// nothing it holds.
#define SIM_ASSERT(condition)                                                        \
  do {                                                                               \
    if (!(condition)) [[unlikely]]                                                   \
      ::sim::detail::assertion_failed(#condition, ::sim::SourceLocation::current()); \
  } while (false)

namespace sim {

/// Resolves a choice of the test's own: an index below `alternatives`. A search tries all of them.
/// 0 alternatives are misuse.
inline std::uint32_t choose(std::uint32_t alternatives,
                            SourceLocation where = SourceLocation::current()) {
  Engine& engine = Engine::current(where);
  if (alternatives == 0) {
    engine.fail_and_end_task(OutcomeKind::misuse, "choose(0): there is nothing to choose from",
                             where);
  }
  return engine.choose_value(alternatives);
}

/// The calling task's next visible operation is held back until another task has made a step, if
/// another can. No event of its own.
inline void yield(SourceLocation where = SourceLocation::current()) {
  Engine::current(where).yield();
}

namespace this_thread {

using sim::yield;

}  // namespace this_thread

/// Shows a local event in the timeline; neither a step nor a scheduling point. `text` makes its
/// text and is called only where it is shown.
template <std::invocable Text>
void mark(std::string_view label, const Text& text) {
  const Engine& engine = Engine::current(SourceLocation::current());
  if (engine.observer() != nullptr) {
    engine.observer()->on_mark(engine, engine.current_task(), label, text());
  }
}

/// Says what the calling task does, as a heading for the timeline; likewise.
template <std::invocable Text>
void describe_task(const Text& text) {
  const Engine& engine = Engine::current(SourceLocation::current());
  if (engine.observer() != nullptr) {
    engine.observer()->on_task(engine, engine.current_task(), text());
  }
}

/// Shows the state of shared objects where an execution ends: at its failure or, where it passes,
/// when the view is destroyed. `text` reads them with peek(); it is called only where it is shown.
/// Belongs to the scope of the objects, behind them.
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
