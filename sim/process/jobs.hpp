#pragma once

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

struct JobsOptions {
  ExploreOptions explore;  ///< its last part, and `record`, belong to explore_in_jobs()
  std::uint32_t jobs = 1;  ///< processes
  std::chrono::milliseconds hang_timeout{10'000};  ///< as Supervisor::ended()
  std::optional<SavedSearch> resume;               ///< go on with this search
  std::optional<std::chrono::milliseconds> checkpoint_every;
};

/// How far all jobs together are.
struct JobsProgress {
  std::uint64_t executions = 0;
  std::uint64_t failures = 0;
  std::uint32_t max_depth = 0;
  std::optional<double> share;  ///< as SearchProgress
  std::uint64_t left_min = 0;   ///< as SearchProgress
};

/// Is told what happens, in the process that called explore_in_jobs(), where no code under test
/// runs.
class JobsWatcher {
 public:
  JobsWatcher() = default;
  JobsWatcher(const JobsWatcher&) = delete;
  JobsWatcher& operator=(const JobsWatcher&) = delete;
  virtual ~JobsWatcher() = default;

  /// A failure of a new kind, at once: whatever happens next, it is not lost. Its group may get a
  /// lesser one later. Also where a job did not survive it.
  virtual void on_group(const FailureGroup& group) { static_cast<void>(group); }
  /// About ten times a second.
  virtual void on_tick(const JobsProgress& progress) { static_cast<void>(progress); }
  /// As often as JobsOptions::checkpoint_every.
  virtual void on_checkpoint(const SavedSearch& saved) { static_cast<void>(saved); }
};

/// What became of a search.
struct JobsReport {
  SavedSearch saved;              ///< what was found, with recordings, and what is left to explore
  std::vector<std::string> lost;  ///< how each process ended that did not survive: "SIGSEGV", …
  bool unreproduced = false;      ///< the same steps did not end one so when they were run again
};

/// Explores `program` in `jobs` child processes, which share the search: whoever has nothing left
/// is given a part of another one's. An exploration that runs to its end finds the same for any
/// number of jobs. Crashes and endless loops of the code under test end the process they happen in
/// and are failures like others; what that process had left to explore is lost, so the search is
/// then not complete. Forks, so no other threads should run. Throws std::system_error where no
/// process can be made, and std::runtime_error for exceptions and errors in a child.
JobsReport explore_in_jobs(const Program& program, const StrategyMaker& make_strategy,
                           const JobsOptions& options, JobsWatcher& watcher);

}  // namespace sim
