#pragma once

// How TestOptions apply to the parts of a test: checks the options, makes from them the options of
// a search, a replay and a Prober, and runs searches and replays. Internal to sim/testing, shared
// by tests (testing.cpp) and properties (rapidcheck.cpp).

#include <cstdint>
#include <string_view>

#include <sim/diagnose/prober.hpp>
#include <sim/engine/program.hpp>
#include <sim/process/jobs.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>
#include <sim/testing/test_options.hpp>

namespace sim::detail {

/// Throws UsageError if an option is out of its range. The message names the options `type`.
void check_test_options(const TestOptions& options, std::string_view type);

/// Whether executions run in child processes.
bool is_isolated(const TestOptions& options);

/// Options of a search with the limits and the budget of time of `options`.
ExploreOptions explore_options(const TestOptions& options);

/// Options of a Prober that may spend `steps_max` steps.
ProbeOptions probe_options(const TestOptions& options, std::uint64_t steps_max);

/// Explores `program` with the strategy that `search` names, in this process or, if the executions
/// are isolated, in child processes. Calls `watcher.on_group()` for each failure as soon as it is
/// known. Throws as explore_in_jobs() does.
JobsReport run_search(const Program& program, const TestOptions& options,
                      const SearchOptions& search, const ExploreOptions& explore,
                      JobsWatcher& watcher);

/// Replays `schedule`; in a child process if the executions are isolated, or if the recorded
/// failure ends the process.
Replayed run_replay(const Program& program, const TestOptions& options, const Schedule& schedule);

}  // namespace sim::detail
