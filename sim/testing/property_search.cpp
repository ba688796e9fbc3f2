#include <sim/testing/property_search.hpp>

#include <atomic>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <sim/process/jobs.hpp>
#include <sim/testing/test_run.hpp>

namespace sim::detail {
namespace {

/// One search, in this process or in several.
class Search final : public JobsWatcher {
 public:
  Search(const WantedFailure& wanted, const Program& program, const TestOptions& options,
         SearchOptions search)
      : wanted_(wanted), program_(program), options_(options), search_(std::move(search)) {}

  CaseSearch run() {
    ExploreOptions explore = explore_options(options_);
    explore.executions_max = search_.executions;
    explore.all = static_cast<bool>(wanted_);
    explore.interrupt = &found_;
    JobsReport report = run_search(program_, options_, search_, explore, *this);
    result_.found = std::move(report.saved.found);
    if (!report.unreproduced && !report.lost.empty() && !result_.failure) {
      result_.found.problem =
          fmt::format("a process was ended by its last execution ({})", report.lost.front());
    }
    return std::move(result_);
  }

  void on_group(const FailureGroup& group) override {
    if (result_.failure || (wanted_ && !wanted_(group.recording.outcome))) return;
    result_.failure = {program_, group.recording, found_by(search_, group)};
    found_ = true;
  }

 private:
  const WantedFailure& wanted_;
  const Program& program_;
  const TestOptions& options_;
  const SearchOptions search_;
  CaseSearch result_;
  std::atomic<bool> found_ = false;
};

}  // namespace

CaseSearch search_for(const WantedFailure& wanted, const Program& program,
                      const TestOptions& options, SearchOptions search, std::uint64_t executions) {
  search.executions = executions;
  return Search{wanted, program, options, std::move(search)}.run();
}

CaseSearch search_case(const Program& program, const TestOptions& options,
                       std::uint64_t executions_default) {
  const std::uint64_t budget = options.search.executions.value_or(
      options.time ? std::numeric_limits<std::uint64_t>::max() : executions_default);
  return search_for({}, program, options, options.search, budget);
}

}  // namespace sim::detail
