#pragma once

// The messages between the coordinator of a search and its worker processes, and their encoding.
// The coordinator hands out work units and asks workers to split theirs; a worker explores its unit
// and then asks for the next one. Each message of a worker that changes what is left of its unit
// says at once what it has found and what is left (WorkerState): it is the acknowledgement of what
// the worker has done, and what comes after it counts only with the next one. So a worker may end
// at any time. See sim/process/coordinator.hpp and worker.hpp.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sim/search/saved_search.hpp>

namespace sim {

/// A work unit of a SplittableStrategy, encoded by it. The empty text is the whole search.
using WorkUnit = std::string;

// Messages from the coordinator to a worker.

/// Explore this unit. The worker answers with WorkRequest when it has explored the unit.
struct UnitAssignment {
  WorkUnit unit;
  /// Executions that have ended a process that was exploring this unit, in order. They are numbered
  /// from 1, the first one of the unit.
  std::vector<FatalExecution> fatal{};
};
/// Give away part of the unit that you are exploring. The answer is SplitReply.
struct SplitRequest {};
/// Say what you have found so far. The answer is StateReport.
struct StateRequest {};
/// Stop exploring. The answer is FinalReport, and the worker ends.
struct StopRequest {};

using CoordinatorMessage = std::variant<UnitAssignment, SplitRequest, StateRequest, StopRequest>;

// Messages from a worker to the coordinator.

/// What a worker has found since it was started, and the unit that it has left to explore; empty if
/// it has none.
struct WorkerState {
  Exploration found;
  std::optional<WorkUnit> left;
};
/// The worker has nothing left to explore and waits for a unit.
struct WorkRequest {
  Exploration found;
};
/// The answer to SplitRequest.
struct SplitReply {
  std::optional<WorkUnit> unit;      ///< empty if there was nothing to give away
  std::optional<WorkerState> state;  ///< without `unit`; empty if the worker has no unit
};
/// A failure of a group that this worker has not found before; without its recording.
struct NewFailure {
  FailureGroup group;
};
/// The answer to StateRequest. The worker also sends it unasked, several times a second.
struct StateReport {
  std::optional<WorkerState> state;  ///< empty if the worker has no unit
};
/// The worker stops exploring. This is its last message.
struct FinalReport {
  WorkerState state;
  std::string note{};  ///< what ExploreOptions::note has returned; may be empty
};
/// The worker's strategy does not accept the unit that was assigned. The worker ends.
struct UnitRefused {};

using WorkerMessage =
    std::variant<WorkRequest, SplitReply, NewFailure, StateReport, FinalReport, UnitRefused>;

/// Encodes a message as bytes for a MessagePipe.
std::string encode(const CoordinatorMessage& message);
std::string encode(const WorkerMessage& message);
/// The decoders return nothing if `bytes` are not a message. Any bytes are safe to decode.
std::optional<CoordinatorMessage> decode_coordinator_message(std::string_view bytes);
std::optional<WorkerMessage> decode_worker_message(std::string_view bytes);

}  // namespace sim
