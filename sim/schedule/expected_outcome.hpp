#pragma once

// The outcome that a schedule was recorded with, as the line `expect` of its file states it. The
// line is parsed once, here. Code that replays the schedule reads the kind and the step bound from
// the result, and compares it with the outcome of an execution.

#include <cstdint>
#include <optional>
#include <string>

#include <sim/base/outcome.hpp>

namespace sim {

/// The outcome that an execution is expected to have. A value.
struct ExpectedOutcome {
  /// Parses an Outcome::summary(). Any other text is accepted too: no outcome matches it then.
  explicit ExpectedOutcome(std::string summary);
  explicit ExpectedOutcome(const Outcome& outcome);

  std::string text;                 ///< Outcome::summary()
  std::optional<OutcomeKind> kind;  ///< empty if the text does not begin with the name of a kind
  /// The bound of a step bound, from 1 to kStepsMax; empty for other kinds.
  std::optional<std::uint32_t> steps_max;

  /// Whether `outcome` is of this kind and its summary is `text`.
  [[nodiscard]] bool matches(const Outcome& outcome) const {
    return kind == outcome.kind && text == outcome.summary();
  }
  /// Whether the outcome ends its process. Replay its schedule in a child process then.
  [[nodiscard]] bool ends_process() const { return kind && sim::ends_process(*kind); }
  friend bool operator==(const ExpectedOutcome&, const ExpectedOutcome&) = default;
};

}  // namespace sim
