#pragma once

// Explores a program in several worker processes that share one search: `racelab explore --jobs`.
// A Coordinator in the calling process hands out work units to Workers in child processes, which
// may crash or hang without harm to the search. Checkpoints and --resume build on SavedSearch.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sim/engine/program.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/saved_search.hpp>
#include <sim/search/splittable.hpp>

namespace sim {

/// Options of explore_in_jobs().
struct JobsOptions {
  /// Its members from `progress` on are set by explore_in_jobs().
  ExploreOptions explore;
  std::uint32_t jobs = 1;                          ///< worker processes
  std::chrono::milliseconds hang_timeout{10'000};  ///< without a step: see Supervisor::ended()
  std::optional<SavedSearch> resume;               ///< the search to resume; empty: a new search
  std::optional<std::chrono::milliseconds> checkpoint_every;  ///< empty: no checkpoints
};

/// The progress of all workers together.
struct JobsProgress {
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
  std::uint32_t max_depth = 0;
  std::optional<double> share;  ///< see SearchProgress::share
  std::uint64_t left_min = 0;   ///< see SearchProgress::left_min
};

/// Receives the events of a search. Its functions are called in the process that called
/// explore_in_jobs(), on the calling thread; no code under test runs there.
class JobsWatcher {
 public:
  JobsWatcher() = default;
  JobsWatcher(const JobsWatcher&) = delete;
  JobsWatcher& operator=(const JobsWatcher&) = delete;
  virtual ~JobsWatcher() = default;

  /// Called when the first failure of a group is found, also if the failure ended its worker. It is
  /// called at once, so that the failure can be saved whatever happens next. A simpler failure of
  /// the group may be found later; the report has the simplest one.
  virtual void on_group(const FailureGroup& group) { static_cast<void>(group); }
  /// Called about ten times a second.
  virtual void on_tick(const JobsProgress& progress) { static_cast<void>(progress); }
  /// Called as often as JobsOptions::checkpoint_every says.
  virtual void on_checkpoint(const SavedSearch& saved) { static_cast<void>(saved); }
};

/// The result of a search.
struct JobsReport {
  SavedSearch saved;  ///< what was found, with recordings, and what is left to explore
  /// For each worker whose work unit could not be explored any further, why its process ended:
  /// "SIGSEGV", …
  std::vector<std::string> lost;
  std::vector<std::string> notes;  ///< what ExploreOptions::note has returned in the workers
  bool unreproduced = false;       ///< an execution ended its worker, but not a second process
};

/// Explores `program` in JobsOptions::jobs child processes that share the search: a worker that has
/// nothing left to explore receives part of the work of another one. A complete exploration finds
/// the same failures for any number of jobs. A crash, an endless loop or exit() in the code under
/// test ends one process and is a failure of one execution: another process repeats what the ended
/// one had not reported, stops the task there as if an assertion had failed, and goes on. A process
/// that something else ends, such as the system or the user, costs nothing. What ends its process
/// although the task was stopped, as the destructor of a static object may, makes the search
/// incomplete (JobsReport::lost). Forks, so no other threads should run. Throws UsageError if the
/// saved search cannot be resumed, std::system_error if no process can be made, and
/// std::runtime_error for an exception in a child or a saved search of another program or strategy.
JobsReport explore_in_jobs(const Program& program, const StrategyMaker& make_strategy,
                           const JobsOptions& options, JobsWatcher& watcher);

}  // namespace sim
