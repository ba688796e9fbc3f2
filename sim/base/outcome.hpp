#pragma once

// How one execution ended: a kind and, in an execution with an observer, the facts of that kind as
// values: who waits for what, which two accesses race, which signal. Code decides by the kind and
// the facts. The texts that people read, and that the `expect` lines of schedule files hold, are
// made from them in outcome_text.cpp and nowhere else; nothing reads those texts back.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <sim/base/call_place.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// How an execution ended. Saved searches contain these numbers, so they must not change.
enum class OutcomeKind : std::uint8_t {
  passed,
  assertion,              ///< SIM_ASSERT or SIM_EXPECT was false
  invariant,              ///< an invariant was false after a step
  deadlock,               ///< there are tasks that have not ended, and none of them can continue
  step_bound,             ///< more steps than allowed: a livelock, or a bound that is too small
  misuse,                 ///< e.g. a mutex unlocked by a task that does not hold it
  data_race,              ///< two accesses of plain data that nothing orders, one of them a write
  uncaught_exception,     ///< an exception left a task's function, or a task called std::terminate
  crash,                  ///< a signal: SIGSEGV, SIGABRT, a stack overflow, …
  hang,                   ///< a task ran for too long without reaching a scheduling point
  divergence,             ///< a replayed execution differed from its schedule
  nondeterminism,         ///< the same choices led to different steps
  use_after_destruction,  ///< an operation on an object whose lifetime has ended
};

/// The word for `kind` in reports, JSON and schedule files.
std::string_view to_string(OutcomeKind kind);
/// The kind that `word` stands for, or nothing if no kind has that word.
std::optional<OutcomeKind> outcome_kind(std::string_view word);

/// Whether an outcome of this kind ends the process in which the execution ran.
constexpr bool ends_process(OutcomeKind kind) {
  return kind == OutcomeKind::crash || kind == OutcomeKind::hang;
}

/// A task, with its name as Engine::task_name() gives it.
struct TaskRef {
  TaskId id{};
  std::string name;
  friend bool operator==(const TaskRef&, const TaskRef&) = default;
};

/// A shared object, with its name as Engine::object_name() gives it.
struct ObjectRef {
  ObjectId id{};
  std::string name;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

/// A line of source code. Owns its text, so that it can be sent to another process.
struct SourceLine {
  SourceLine() = default;
  /// Leaves out the directories of the file, which differ between machines.
  explicit SourceLine(SourceLocation where);

  std::string file;  ///< empty if not known
  std::uint32_t line = 0;
  friend bool operator==(const SourceLine&, const SourceLine&) = default;
};

/// "file:line", or an empty text if the file is not known.
std::string to_string(const SourceLine& where);
/// The innermost line of `path` that is one of the code under test: see place_of().
SourceLine line_of(const CallPath& path);

// The things that a task can wait for.

/// A task that holds what another one waits for.
struct Holder {
  TaskRef task;
  bool ended = false;  ///< whether the task ended without releasing it
  friend bool operator==(const Holder&, const Holder&) = default;
};

/// The task waits until its pending operation is enabled: to lock a mutex, to receive from a
/// channel, …
struct WaitsToExecute {
  OperationKind operation{};
  std::string label;  ///< the word for the operation: "lock"
  ObjectRef object;
  std::vector<Holder> held_by;  ///< in the order of their TaskIds; empty if nobody can hold it
  friend bool operator==(const WaitsToExecute&, const WaitsToExecute&) = default;
};

/// The task sleeps in a queue and waits to be notified.
struct WaitsForNotification {
  ObjectRef queue;  ///< named after the condition variable or atomic that it belongs to
  friend bool operator==(const WaitsForNotification&, const WaitsForNotification&) = default;
};

/// The task waits for another task to end.
struct WaitsToJoin {
  TaskRef task;
  friend bool operator==(const WaitsToJoin&, const WaitsToJoin&) = default;
};

/// A task that cannot continue.
struct WaitingTask {
  TaskRef task;
  std::variant<WaitsToExecute, WaitsForNotification, WaitsToJoin> waits_for;

  [[nodiscard]] bool joins() const { return std::holds_alternative<WaitsToJoin>(waits_for); }
  friend bool operator==(const WaitingTask&, const WaitingTask&) = default;
};

// The facts of each kind.

/// A check that failed in code under test or in a primitive that it uses.
struct FailedCheck {
  /// The text of the check in the source code, the same whenever the check fails: the condition of
  /// a SIM_ASSERT, or the rule of a primitive that was broken. Empty if `report` is set.
  std::string literal;
  /// One line from another library that describes this failure. Empty if `literal` is set.
  std::string report;
  SourceLine where = {};
  CallPath from = {};  ///< the calls that led to it, where the check cannot know its place itself
  friend bool operator==(const FailedCheck&, const FailedCheck&) = default;
};

struct AssertionFailure {
  static constexpr OutcomeKind kKind = OutcomeKind::assertion;
  FailedCheck check;
  friend bool operator==(const AssertionFailure&, const AssertionFailure&) = default;
};

struct InvariantViolation {
  static constexpr OutcomeKind kKind = OutcomeKind::invariant;
  std::string name;
  std::string detail;  ///< what the invariant's describe() returned; may be empty
  friend bool operator==(const InvariantViolation&, const InvariantViolation&) = default;
};

struct Deadlock {
  static constexpr OutcomeKind kKind = OutcomeKind::deadlock;
  /// The tasks that wait only for each other, in the order of their TaskIds. Never empty.
  std::vector<WaitingTask> tasks;
  /// Tasks that could still run when the execution reached the bound on steps, and that cannot let
  /// the others go on. Empty if no task could run.
  std::vector<TaskRef> others = {};

  /// Whether each of the tasks waits to join another one. If some do not, the tasks that join do
  /// not explain why the others cannot continue.
  [[nodiscard]] bool only_joins() const;
  /// The tasks in the order in which a report names them: first those in a cycle, of which each
  /// waits for what the next one holds.
  [[nodiscard]] std::vector<const WaitingTask*> cycle_first() const;
  friend bool operator==(const Deadlock&, const Deadlock&) = default;
};

/// A task whose last steps only read one object.
struct Spin {
  TaskRef task;
  ObjectRef object;
  friend bool operator==(const Spin&, const Spin&) = default;
};

struct StepBound {
  static constexpr OutcomeKind kKind = OutcomeKind::step_bound;
  std::uint32_t steps_max = 0;  ///< EngineOptions::steps_max of the execution
  std::vector<Spin> spins;      ///< in the order of their TaskIds; may be empty
  friend bool operator==(const StepBound&, const StepBound&) = default;
};

/// The execution made more tasks than are allowed.
struct TooManyTasks {
  std::size_t tasks_max = 0;
  friend bool operator==(const TooManyTasks&, const TooManyTasks&) = default;
};

struct Misuse {
  static constexpr OutcomeKind kKind = OutcomeKind::misuse;
  std::variant<FailedCheck, TooManyTasks> reason;
  friend bool operator==(const Misuse&, const Misuse&) = default;
};

/// One of the two accesses of a data race.
struct RacingAccess {
  TaskRef task;
  bool writes = false;
  std::string action;  ///< what the task does, for a sentence that continues with the place: "reads
                       ///< it at"
  SourceLine where;
  friend bool operator==(const RacingAccess&, const RacingAccess&) = default;
};

struct DataRace {
  static constexpr OutcomeKind kKind = OutcomeKind::data_race;
  ObjectRef variable;
  RacingAccess earlier;
  RacingAccess later;
  friend bool operator==(const DataRace&, const DataRace&) = default;
};

struct UncaughtException {
  static constexpr OutcomeKind kKind = OutcomeKind::uncaught_exception;
  std::string what;  ///< the exception's what(), or a sentence if it has no what()
  SourceLine where;  ///< where a thread was made that was destroyed unjoined; otherwise not known
  std::string function;  ///< the function that threw; empty if not known
  friend bool operator==(const UncaughtException&, const UncaughtException&) = default;
};

/// Why a process did not survive the code under test.
struct CrashCause {
  enum class How : std::uint8_t {
    signal,          ///< `number` is that of the signal
    exit,            ///< exit() was called; `number` is the exit code
    stack_overflow,  ///< a task's stack was too small; `number` is 0
  };
  How how = How::signal;
  int number = 0;
  friend bool operator==(const CrashCause&, const CrashCause&) = default;
};

/// "SIGSEGV", "exit(3) was called" or "stack overflow".
std::string to_string(const CrashCause& cause);

/// A task used an object after its end, or was waiting for it when it ended.
struct UseAfterDestruction {
  static constexpr OutcomeKind kKind = OutcomeKind::use_after_destruction;
  ObjectRef object;
  TaskRef user;
  /// What the user does with the object: an operation, or how it was waiting.
  std::variant<WaitsToExecute, WaitsForNotification> use;
  bool waited = false;  ///< whether the user was waiting for the object when it ended
  TaskRef destroyer;
  SourceLine accessed_at;   ///< for an access of a variable: its place
  CallPath used_from;       ///< for other uses: the calls that led to it
  CallPath destroyed_from;  ///< the calls that led to its destruction
  SourceLine made_at;       ///< where the object was made

  /// Where the object was used; an empty file if not known. Looks up used_from, see place_of().
  [[nodiscard]] SourceLine used_at() const;
  /// Where the object was destroyed; an empty file if not known. Looks up destroyed_from.
  [[nodiscard]] SourceLine destroyed_at() const;
  friend bool operator==(const UseAfterDestruction&, const UseAfterDestruction&) = default;
};

struct Crash {
  static constexpr OutcomeKind kKind = OutcomeKind::crash;
  CrashCause cause;
  std::optional<TaskRef> task;  ///< the task that was running; empty if not known
  friend bool operator==(const Crash&, const Crash&) = default;
};

/// Something that the simulator does not control and in which a task is blocked that makes no step.
enum class BlockedIn : std::uint8_t {
  nothing,  ///< the task is not blocked: it computes without end
  mutex,
  shared_mutex,
  condition_variable,
  semaphore,
  barrier,
  join,                ///< the end of a thread that is not a task
  static_initializer,  ///< a static variable that another task initializes
  futex,               ///< as of a std::atomic
  sleep,
  call,     ///< another function of the system: Hang::call
  unknown,  ///< the system; it is not known in which function
};

struct Hang {
  static constexpr OutcomeKind kKind = OutcomeKind::hang;
  std::optional<TaskRef> task;  ///< the task that was running; empty if not known
  BlockedIn blocked_in = BlockedIn::nothing;
  std::string call;      ///< the function of the system, if blocked_in is `call`
  std::string function;  ///< the innermost function of the program; empty if not known
  friend bool operator==(const Hang&, const Hang&) = default;
};

/// The facts of a failure. They are std::monostate for an execution that passed and for a
/// divergence: only the strategy that replays the schedule knows where it diverged (see
/// sim::Divergence).
using OutcomeFacts =
    std::variant<std::monostate, AssertionFailure, InvariantViolation, Deadlock, StepBound, Misuse,
                 DataRace, UseAfterDestruction, UncaughtException, Crash, Hang>;

/// Describes the wait of a task whose next operation cannot be executed now: "waits to lock b" or
/// "waits for others to arrive at gate". `label` is the word for the operation, `object` the name
/// of its object.
std::string waiting_text(OperationKind kind, std::string_view label, std::string_view object);

/// Describes a failure in one line, without the word for its kind; empty if there are no facts.
std::string to_string(const OutcomeFacts& facts);

/// How one execution ended: the first failure of the execution, or `passed`. A plain value.
struct Outcome {
  OutcomeKind kind = OutcomeKind::passed;
  /// The facts of a failure of this kind. The engine collects them only in an execution with an
  /// observer, because a search may meet millions of failures, most of which only need a kind and a
  /// group; otherwise std::monostate.
  OutcomeFacts facts;
  /// A hash that is equal for failures of the same check, object or place, in every interleaving
  /// and process. Failures with equal groups are reported as one.
  std::uint64_t group = 0;
  std::optional<TaskId> task;  ///< the task whose step or code failed
  std::size_t entries = 0;     ///< number of trace entries when the execution failed

  /// Sets kind and facts to those of the failure `what`. Leaves group, task and entries unchanged.
  template <class Facts>
  void describe(Facts what) {
    kind = Facts::kKind;
    facts = std::move(what);
  }
  /// The facts, or null if they are not of type Facts.
  template <class Facts>
  [[nodiscard]] const Facts* as() const {
    return std::get_if<Facts>(&facts);
  }
  /// Resets the outcome to `passed`.
  void clear() {
    kind = OutcomeKind::passed;
    facts = std::monostate{};
    group = 0;
    task.reset();
    entries = 0;
  }
  [[nodiscard]] bool failed() const { return kind != OutcomeKind::passed; }

  /// Describes the failure in one line, which is the same in every run; empty if there are no
  /// facts.
  [[nodiscard]] std::string message() const { return to_string(facts); }
  /// "file:line" of the code that failed, of the second of two accesses that race, or of the thread
  /// that was destroyed unjoined; the function that throws, or in which a task hangs; empty if
  /// there is no such place. May look up debug information; see place_of().
  [[nodiscard]] std::string place() const;
  /// Kind and message in one line, as in the `expect` line of a schedule file. The place is left
  /// out, so that a schedule outlives unrelated edits.
  [[nodiscard]] std::string summary() const;
  /// The parts of summary(), which has "; " between them, for reports that give each a line of its
  /// own: one for each task of a deadlock, for each access of a data race, and so on. Never empty.
  [[nodiscard]] std::vector<std::string> clauses() const;
};

}  // namespace sim
