#pragma once

// The outcome that a schedule was recorded with, from the line `expect` of its file. The line is
// parsed here, once; whoever replays the schedule asks for the kind and the numbers in it, and
// whether an execution came to the same.

#include <cstdint>
#include <optional>
#include <string>

#include <sim/base/outcome.hpp>

namespace sim {

/// What an execution is expected to come to. A value.
struct ExpectedOutcome {
  /// Parses an Outcome::summary(). Any other text is accepted too: no outcome matches it then.
  explicit ExpectedOutcome(std::string summary);
  explicit ExpectedOutcome(const Outcome& outcome);

  std::string text;                 ///< Outcome::summary()
  std::optional<OutcomeKind> kind;  ///< empty if the text begins with no word for a kind
  /// The bound of a step bound, from 1 to kStepsMax; empty for other kinds.
  std::optional<std::uint32_t> steps_max;

  /// Whether `outcome` is of this kind and reads the same.
  [[nodiscard]] bool matches(const Outcome& outcome) const {
    return kind == outcome.kind && text == outcome.summary();
  }
  /// Whether no process survives it, so that its schedule is to be replayed in a child process.
  [[nodiscard]] bool ends_process() const {
    return kind == OutcomeKind::crash || kind == OutcomeKind::hang;
  }
  friend bool operator==(const ExpectedOutcome&, const ExpectedOutcome&) = default;
};

}  // namespace sim
