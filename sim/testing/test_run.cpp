#include <sim/testing/test_run.hpp>

#include <string>

#include <fmt/format.h>

#include <sim/process/debugger.hpp>
#include <sim/process/isolated_replay.hpp>

namespace sim::detail {
namespace {

EngineOptions engine_options(const TestOptions& options) {
  EngineOptions engine;
  engine.steps_max = options.steps_max;
  engine.stack_bytes = options.stack_bytes;
  return engine;
}

}  // namespace

void check_test_options(const TestOptions& options, std::string_view type) {
  const SearchOptions& search = options.search;
  std::string refused = refused_options(search.strategy, options.given);
  if (refused.empty()) refused = refused_options(search.strategy, changed_parameters(search));
  if (!refused.empty()) throw UsageError(fmt::format("{}: {}", type, refused));
  if (search.stay_percent > kStayPercentMax) {
    throw UsageError(fmt::format("{}: stay_percent is 0 to {}", type, kStayPercentMax));
  }
  if (options.search.pct_depth < 1) {
    throw UsageError(fmt::format("{}: pct_depth must be at least 1", type));
  }
  if (options.steps_max < 1 || options.steps_max > kStepsMax) {
    throw UsageError(fmt::format("{}: steps_max must be from 1 to {}", type, kStepsMax));
  }
  if (options.jobs < 1 || options.jobs > kJobsMax) {
    throw UsageError(fmt::format("{}: jobs must be from 1 to {}", type, kJobsMax));
  }
}

bool is_isolated(const TestOptions& options) {
  return options.isolate || options.jobs > 1;
}

ExploreOptions explore_options(const TestOptions& options) {
  ExploreOptions explore;
  explore.engine = engine_options(options);
  explore.time_max = options.time;
  return explore;
}

ProbeOptions probe_options(const TestOptions& options, std::uint64_t steps_max) {
  ProbeOptions probe;
  probe.engine = engine_options(options);
  probe.steps_max = steps_max;
  probe.isolated = is_isolated(options);
  probe.hang_timeout = options.hang_timeout;
  return probe;
}

JobsReport run_search(const Program& program, const TestOptions& options,
                      const SearchOptions& search, const ExploreOptions& explore,
                      JobsWatcher& watcher) {
  const StrategyMaker make = strategy_maker(program, search);
  if (!is_isolated(options)) {
    const auto strategy = make(explore.engine);
    JobsReport report;
    report.saved.found =
        sim::explore(program, *strategy, explore,
                     [&watcher](const FailureGroup& group) { watcher.on_group(group); });
    return report;
  }
  JobsOptions jobs;
  jobs.explore = explore;
  jobs.jobs = options.jobs;
  jobs.hang_timeout = options.hang_timeout;
  JobsReport report = explore_in_jobs(program, make, jobs, watcher);
  if (report.unreproduced) {
    report.saved.found.problem = "the same steps ended differently when they were run again";
  }
  return report;
}

Replayed run_replay(const Program& program, const TestOptions& options, const Schedule& schedule) {
  ReplayOptions replay;
  replay.engine = engine_options(options);
  replay.hang_timeout = options.hang_timeout;
  replay.mode = schedule.mode;
  if (is_traced()) {
    replay.debug.emplace();
    return sim::replay(program, schedule, replay);
  }
  const bool ends_process = schedule.expect && schedule.expect->ends_process();
  return ends_process || is_isolated(options) ? replay_isolated(program, schedule, replay)
                                              : sim::replay(program, schedule, replay);
}

}  // namespace sim::detail
