#pragma once

// Replays a schedule in this process. A program that may crash or hang is replayed in a child
// process instead: sim/process/isolated_replay.hpp.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sim/engine/engine.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/debugging.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/replay_strategy.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

/// Options of replay() and replay_isolated().
struct ReplayOptions {
  EngineOptions engine;  ///< steps_max and bounds are set from the schedule and from `steps_max`
  ReplayMode mode = ReplayMode::strict;
  std::optional<std::uint32_t> steps_max;          ///< empty: replay_steps_max()
  std::uint32_t times = 1;                         ///< number of replays, at least 1
  std::chrono::milliseconds hang_timeout{10'000};  ///< without a step; for replay_isolated() only
  const std::atomic<bool>* interrupt = nullptr;    ///< if set to true, no further replay begins
  /// If set, the first replay can be followed in a debugger: see DebugRecorder. For replay() only.
  std::optional<DebugStops> debug;
};

/// The result of one or more replays of a schedule.
struct Replayed {
  Recording recording;  ///< the execution of the first replay
  std::optional<Divergence> divergence;
  std::size_t beyond = 0;  ///< choices that were made after the end of the schedule
  // In the mode `follow` only:
  std::size_t unlisted = 0;           ///< steps made that the schedule does not list
  std::vector<std::size_t> put_off;   ///< entries made later than where the schedule has them
  std::vector<std::size_t> left_out;  ///< entries that were not made

  std::uint32_t same = 0;    ///< replays with the trace and outcome of the first, which counts; 0
                             ///< if the first one ended its process
  bool interrupted = false;  ///< whether ReplayOptions::interrupt was set

  /// Whether the execution followed the schedule, to the outcome that the schedule expects.
  [[nodiscard]] bool is_as_recorded(const Schedule& schedule) const {
    return !divergence && (!schedule.expect || schedule.expect->matches(recording.outcome));
  }
};

/// Runs the execution that `schedule` describes on the calling thread, in the mode of `options`.
/// Throws what Engine::run() throws.
Replayed replay(const Program& program, const Schedule& schedule, const ReplayOptions& options);

/// Does what replay() does, on an engine and with a recorder of the caller. `engine` must have been
/// made with replay_engine_options(). The first replay is recorded in `recorder`, and
/// Replayed::recording stays empty. Calls `on_first` after the first replay.
Replayed replay_on(Engine& engine, Recorder& recorder, const Program& program,
                   const Schedule& schedule, const ReplayOptions& options,
                   const std::function<void(const Replayed&)>& on_first = {});
/// The options of an engine for replay_on().
EngineOptions replay_engine_options(const Schedule& schedule, const ReplayOptions& options);

/// The step limit of a replay for which ReplayOptions::steps_max is empty: if the schedule's
/// failure is a step bound, that bound; otherwise kSteps more than the schedule has entries.
std::uint32_t replay_steps_max(const Schedule& schedule);

/// Where a divergence is, for messages: "file:7: step 3", or "step 3" if the schedule was not read
/// from a file.
std::string place_of(const Divergence& divergence, const std::string& file);

}  // namespace sim
