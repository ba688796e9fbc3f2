#pragma once

// What the coordinator of a search and its worker processes say to each other, and its encoding.
// A coordinator hands out work units and asks for some back; a worker explores its unit until it
// is done and asks for the next one. See sim/process/coordinator.hpp and worker.hpp.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <sim/search/saved_search.hpp>

namespace sim {

/// A work unit of a SplittableStrategy. The empty one is the whole search.
using WorkUnit = std::string;

// Messages from the coordinator to a worker.

/// Explore this unit. The answer, when it is explored, is WorkRequest.
struct UnitAssignment {
  WorkUnit unit;
};
/// Give away part of the unit that you are exploring. The answer is SplitReply.
struct SplitRequest {};
/// Say what you have found so far. The answer is StateReport.
struct StateRequest {};
/// Stop exploring. The answer is FinalReport, and the worker ends.
struct StopRequest {};

using CoordinatorMessage = std::variant<UnitAssignment, SplitRequest, StateRequest, StopRequest>;

// Messages from a worker to the coordinator.

/// The worker has nothing left to explore and waits for a unit.
struct WorkRequest {};
/// The answer to SplitRequest; empty if there was nothing to give away.
struct SplitReply {
  std::optional<WorkUnit> unit;
};
/// A failure of a kind that this worker has not met before; without its recording.
struct NewFailure {
  FailureGroup group;
};
/// What a worker has found and what it has left to explore, if anything.
struct WorkerState {
  Exploration found;
  std::optional<WorkUnit> left;
};
/// The answer to StateRequest.
struct StateReport {
  WorkerState state;
};
/// The last message of a worker: it stops exploring.
struct FinalReport {
  WorkerState state;
};
/// The unit that the worker was given is not one of its strategy. It ends.
struct UnitRefused {};

using WorkerMessage =
    std::variant<WorkRequest, SplitReply, NewFailure, StateReport, FinalReport, UnitRefused>;

std::string encode(const CoordinatorMessage& message);
std::string encode(const WorkerMessage& message);
/// These return nothing if `bytes` are not a message. No input does harm.
std::optional<CoordinatorMessage> decode_coordinator_message(std::string_view bytes);
std::optional<WorkerMessage> decode_worker_message(std::string_view bytes);

}  // namespace sim
