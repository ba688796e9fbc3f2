#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sim/base/task_set.hpp>

namespace sim {

/// How an execution ended.
enum class OutcomeKind : std::uint8_t {
  passed,
  assertion,           ///< SIM_ASSERT or SIM_EXPECT was false
  invariant,           ///< an invariant was false after a step
  deadlock,            ///< tasks are left and none of them can go on
  step_bound,          ///< more steps than allowed: a livelock, or a bound too small
  misuse,              ///< e.g. a mutex unlocked by a task that does not hold it
  data_race,           ///< two accesses of plain data that nothing orders, one of them a write
  uncaught_exception,  ///< left a task's function, or std::terminate was called in one
  crash,               ///< a signal: SIGSEGV, SIGABRT, a stack overflow, …
  hang,                ///< a task ran on and on without reaching a scheduling point
  divergence,          ///< replay met something else than the schedule says
  nondeterminism,      ///< the same choices led to different steps
};

/// The word for it in reports, JSON and schedule files.
std::string_view to_string(OutcomeKind kind);
/// The kind that `word` stands for, empty where there is none.
std::optional<OutcomeKind> outcome_kind(std::string_view word);

/// How one execution ended, a value. The first failure of an execution is its outcome.
struct Outcome {
  OutcomeKind kind = OutcomeKind::passed;
  std::string message;      ///< one line, the same in every run; made only in a described execution
  std::string place;        ///< "file:line" where there is one; likewise
  std::uint64_t group = 0;  ///< the same for failures of the same thing at the same place, in every
                            ///< process
  std::optional<TaskId> task;  ///< whose step or code failed
  std::size_t entries = 0;     ///< how many entries the trace had when it failed

  /// Makes it `passed` again; keeps the memory of the texts.
  void clear() {
    kind = OutcomeKind::passed;
    message.clear();
    place.clear();
    group = 0;
    task.reset();
    entries = 0;
  }
  [[nodiscard]] bool failed() const { return kind != OutcomeKind::passed; }
  /// Kind and message on one line, as in the `expect` line of a schedule file. The place is left
  /// out, so that a schedule outlives unrelated edits.
  [[nodiscard]] std::string summary() const;
};

}  // namespace sim
