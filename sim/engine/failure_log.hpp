#pragma once

// What went wrong in the execution that is running. The first failure is its outcome; if the
// execution goes on after it, all failures are noted too. Failures of the same thing at the same
// place are one group: the functions below make its number, which saved searches store. A search
// meets millions of failures, so noting one formats nothing, and allocates only for the list.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <sim/base/outcome.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// A failure of an execution that continues after failures.
struct FailureNote {
  std::uint64_t group;  ///< see Outcome::group
  TaskId task;          ///< the task that failed, or whose step violated an invariant
  std::size_t entries;  ///< number of trace entries when it failed
};

/// The failures of one execution, in their order.
class FailureLog {
 public:
  /// Clears the log for the next execution. `keep_all`: the execution continues after its first
  /// failure, so all() must list every failure.
  void begin(bool keep_all) {
    keep_all_ = keep_all;
    outcome_.clear();
    notes_.clear();
  }
  /// Notes a failure. `blamed` becomes Outcome::task; it is empty if no task is to blame alone.
  /// Returns whether the failure is the first, and thus the outcome.
  bool note(OutcomeKind kind, const FailureNote& failure, std::optional<TaskId> blamed) {
    if (keep_all_) notes_.push_back(failure);
    if (outcome_.failed()) return false;
    outcome_.kind = kind;
    outcome_.group = failure.group;
    outcome_.task = blamed;
    outcome_.entries = failure.entries;
    return true;
  }
  /// Adds the facts of the first failure to the outcome.
  template <class Facts>
  void describe(Facts facts) {
    outcome_.describe(std::move(facts));
  }

  /// How the execution ends: passed, up to its first failure.
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  /// All failures, the first included. Empty if the execution stops at its first failure.
  [[nodiscard]] std::span<const FailureNote> all() const { return notes_; }

 private:
  Outcome outcome_;
  std::vector<FailureNote> notes_;
  bool keep_all_ = false;
};

/// The group of failures that are named by a text of the source code, such as the condition of an
/// assertion, in line `line`. `literal` has static lifetime.
std::uint64_t group_of_literal(OutcomeKind kind, const char* literal, std::uint32_t line);
/// The group of all failures at one place, whatever their messages say.
std::uint64_t group_of_place(OutcomeKind kind, SourceLocation where);
/// The group of uncaught exceptions that say `what`.
std::uint64_t group_of_exception(std::string_view what);

}  // namespace sim
