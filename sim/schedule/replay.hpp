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
#include <sim/schedule/recording.hpp>
#include <sim/schedule/replay_strategy.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

struct ReplayOptions {
  EngineOptions engine;  ///< steps_max and bounds are set from the schedule and from `steps_max`
  ReplayMode mode = ReplayMode::strict;
  std::optional<std::uint32_t> steps_max;          ///< empty: replay_steps_max()
  std::uint32_t times = 1;                         ///< how often to replay, at least once
  std::chrono::milliseconds hang_timeout{10'000};  ///< without a step; for replay_isolated() only
  const std::atomic<bool>* interrupt = nullptr;    ///< set to skip the replays that are left
};

/// What one or more replays of a schedule have led to.
struct Replayed {
  Recording recording;  ///< of the first replay
  std::optional<Divergence> divergence;
  std::size_t beyond = 0;  ///< choices made after the end of the schedule, by default
  // In the mode `follow` only:
  std::size_t unlisted = 0;           ///< steps made that the schedule does not list
  std::vector<std::size_t> put_off;   ///< entries made later than where the schedule has them
  std::vector<std::size_t> left_out;  ///< entries that were not made

  std::uint32_t same = 0;    ///< replays that did the same as the first, the first included; 0 if
                             ///< it did not survive
  bool interrupted = false;  ///< whether ReplayOptions::interrupt was set

  /// Whether the execution followed the schedule, to the outcome that the schedule expects.
  [[nodiscard]] bool is_as_recorded(const Schedule& schedule) const {
    return !divergence && (!schedule.expect || schedule.expect->matches(recording.outcome));
  }
};

/// Runs the execution that `schedule` describes on the calling thread, in the mode of `options`.
/// Throws what Engine::run() throws.
Replayed replay(const Program& program, const Schedule& schedule, const ReplayOptions& options);

/// Replays on `engine`, which was made with replay_engine_options(), and records the first replay
/// in `recorder`; Replayed::recording stays empty. Calls `on_first` after the first replay.
Replayed replay_on(Engine& engine, Recorder& recorder, const Program& program,
                   const Schedule& schedule, const ReplayOptions& options,
                   const std::function<void(const Replayed&)>& on_first = {});
EngineOptions replay_engine_options(const Schedule& schedule, const ReplayOptions& options);

/// The step limit of a replay that is given none: the limit that the schedule's failure was found
/// with, if that failure is a step bound; otherwise kSteps more than the schedule has entries.
std::uint32_t replay_steps_max(const Schedule& schedule);

/// "file:7: step 3", or "step 3" if the schedule was not read from a file.
std::string place_of(const Divergence& divergence, const std::string& file);

}  // namespace sim
