#include <sim/process/jobs.hpp>

#include <sim/process/coordinator.hpp>

namespace sim {

JobsReport explore_in_jobs(const Program& program, const StrategyMaker& make_strategy,
                           const JobsOptions& options, JobsWatcher& watcher) {
  return Coordinator{program, make_strategy, options, watcher}.run();
}

}  // namespace sim
