#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sim/engine/program.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/schedule/replay_strategy.hpp>
#include <sim/schedule/schedule.hpp>

namespace sim {

struct ReplayOptions {
  EngineOptions engine;
  ReplayMode mode = ReplayMode::strict;
  std::optional<std::uint32_t> steps_max;  ///< none: kSteps more than the schedule has or, where a
                                           ///< step bound is its outcome, that one
  std::uint32_t times = 1;                 ///< how often, at least once
  std::chrono::milliseconds hang_timeout{10'000};  ///< of replay_isolated()
  const std::atomic<bool>* interrupt = nullptr;    ///< set to do without the rest of `times`
};

/// What one replay, or many of the same, came to.
struct Replayed {
  Recording recording;
  std::optional<Divergence> divergence;
  std::size_t beyond = 0;    ///< choices made behind the schedule's end, the running task first
  std::size_t unlisted = 0;  ///< where it was followed: steps made that are not listed
  std::vector<std::size_t> put_off;   ///< likewise: entries made later than where they stand
  std::vector<std::size_t> left_out;  ///< likewise: entries that were not made
  std::uint32_t same = 0;  ///< replays that did the same as the first, itself included; 0: it did
                           ///< not survive
  bool interrupted = false;

  /// Whether the execution did not depart from the schedule, and its outcome is the one that is
  /// recorded.
  [[nodiscard]] bool is_as_recorded(const Schedule& schedule) const {
    return !divergence && (!schedule.expect || schedule.expect->matches(recording.outcome));
  }
};

/// Runs the execution that `schedule` is of, in the mode of `options`, on the calling thread.
Replayed replay(const Program& program, const Schedule& schedule, const ReplayOptions& options);

/// The same in a child process, so that a crash or an endless loop is an outcome like others.
/// Forks, so no other threads should run.
Replayed replay_isolated(const Program& program, const Schedule& schedule,
                         const ReplayOptions& options);

/// How many steps a replay of `schedule` may have where nobody says: kSteps more than it has or,
/// where a step bound is its outcome, that one.
std::uint32_t replay_steps_max(const Schedule& schedule);

/// "file:7: step 3" or, where the schedule came from no file, "step 3".
std::string place_of(const Divergence& divergence, const std::string& file);

}  // namespace sim
