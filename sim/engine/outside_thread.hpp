#pragma once

// Threads that are no tasks but use a sim:: object while an execution runs, such as a std::thread
// that the code under test makes. The execution cannot order their steps, so it fails with misuse
// at the place of the first use. The thread itself is ended there: it has no way to continue, and
// the code under test may wait for its end.

#include <atomic>
#include <optional>

#include <sim/base/call_place.hpp>
#include <sim/base/source_location.hpp>

namespace sim::outside_thread {

/// The rule that such a thread breaks, for a failed check.
inline constexpr char kRule[] =
    "a std::thread, or another thread that is no task, uses a sim:: object: make it a sim::thread";

/// Called when an execution begins. Forgets the uses in earlier executions.
void begin_execution();
/// Called when an execution has ended.
void end_execution();
/// The file in which a thread that is no task used a sim:: object; null if none did.
inline std::atomic<const char*> file{nullptr};
/// Where a thread that is no task first used a sim:: object since the last execution began; empty
/// if none did. Async-signal-safe.
std::optional<SourceLocation> used_at();

/// The calls that led to that use, while used_at() is not empty.
const ReturnAddresses& used_from();

/// Called by a thread that runs no execution and uses a sim:: object at `where`. Notes the use and
/// ends the thread if an execution is running and the thread is not the first one of the process;
/// otherwise returns.
void note_use(SourceLocation where);
/// Called by std::terminate(). If the thread is being ended by note_use() and has met a noexcept
/// function, ends it without unwinding its stack; otherwise returns.
void end_if_noted();

}  // namespace sim::outside_thread
