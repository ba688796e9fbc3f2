#include <sim/search/explorer.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/engine/executions.hpp>
#include <sim/search/failure_groups.hpp>
#include <sim/search/later_failures.hpp>
#include <sim/search/repeater.hpp>

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

/// Each execution whose number is a multiple of this is repeated if it passes. Those whose number
/// is a power of two are repeated, too.
constexpr std::uint64_t kSampleEvery = 1U << 14U;

/// What is counted of the executions of one part of the strategy, or of all executions if it has
/// no parts.
struct Tally {
  Tally(Repeater& repeater, const std::function<void(const FailureGroup&)>& on_new)
      : groups(found.groups, on_new), later_failures(repeater, groups) {}

  Exploration found;
  FailureGroups groups;  ///< keeps a reference to `found`, so a Tally is not moved
  LaterFailures later_failures;
};

void add_counts(Exploration& to, const Engine& engine) {
  const auto depth = static_cast<std::uint32_t>(engine.steps());
  ++to.executions;
  to.steps += depth;
  to.max_depth = std::max(to.max_depth, depth);
  to.abandoned += engine.abandoned();
  to.interleaved |= engine.interleaved();
  to.weak_orders |= engine.weak_orders();
  to.spins_seen |= engine.spins_seen();
  to.open_invariants |= engine.has_open_invariants();
  to.truncated += engine.truncated() ? 1 : 0;
  to.bounded += engine.bounded() ? 1 : 0;
  to.failures += engine.outcome().failed() ? 1 : 0;
}

class Explorer {
 public:
  Explorer(const Program& program, Strategy& strategy, const ExploreOptions& options,
           const std::function<void(const FailureGroup&)>& on_group)
      : strategy_(strategy),
        options_(options),
        engine_(options_for(program, strategy, options)),
        executions_(engine_, program.body, strategy),
        repeater_(program.body, engine_.options()),
        on_new_([this, &on_group](const FailureGroup& group) { announce(group, on_group); }) {}

  Exploration run() {
    const Clock::time_point begin = Clock::now();
    while (!is_budget_spent(begin)) {
      if (options_.attention != nullptr && options_.attention->load(std::memory_order_relaxed)) {
        options_.on_attention(found_so_far());
      }
      if (run_next()) {
        count();
        if (!judge(engine_.outcome())) break;
      } else if (!continue_after_end()) {
        break;
      }
    }
    if (!strategy_.reason().empty() && found_.problem.empty()) {
      found_.unsupported = strategy_.reason();
    }
    found_ = found_so_far();
    // The results of one process are settled when all are known.
    if (!options_.on_exhausted) found_.settle();
    found_.complete = found_.reason == StopReason::exhausted && found_.nothing_left_out();
    if (options_.record) {
      for (FailureGroup& group : found_.groups) {
        group.recording = repeater_.record(group.simplest_trace);
      }
    }
    found_.sort_groups();
    found_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return std::move(found_);
  }

 private:
  static EngineOptions options_for(const Program& program, const Strategy& strategy,
                                   const ExploreOptions& options) {
    EngineOptions engine = engine_options(options.engine, program, strategy);
    engine.after_failure = options.all ? AfterFailure::continue_ : AfterFailure::stop;
    return engine;
  }

  bool is_budget_spent(Clock::time_point begin) {
    if (options_.interrupt != nullptr && options_.interrupt->load(std::memory_order_relaxed)) {
      found_.reason = StopReason::interrupted;
    } else if (options_.executions_max && found_.executions >= *options_.executions_max) {
      found_.reason = StopReason::executions;
    } else if (options_.executions_left != nullptr && !take_execution()) {
      found_.reason = StopReason::executions;
    } else if (options_.time_max && Clock::now() - begin >= *options_.time_max) {
      found_.reason = StopReason::time;
    } else {
      set_begun(1);
      return false;
    }
    return true;
  }
  /// Says how many executions were begun: those that have ended, and `more`.
  void set_begun(std::uint64_t more) const {
    if (options_.progress == nullptr) return;
    options_.progress->begun.store(found_.executions + more, std::memory_order_relaxed);
  }

  /// Takes one execution from the shared budget. continue_after_end() puts it back if none follows.
  [[nodiscard]] bool take_execution() const {
    return options_.executions_left->fetch_sub(1, std::memory_order_relaxed) > 0;
  }

  /// Called when the strategy has no more executions. Returns whether it was given more.
  bool continue_after_end() {
    if (options_.executions_left != nullptr) ++*options_.executions_left;
    set_begun(0);
    switch (executions_.status()) {
      case SearchStatus::unsupported:
        found_.reason = StopReason::unsupported;
        found_.problem = strategy_.reason();
        return false;
      case SearchStatus::diverged:
        return stop_as_nondeterministic(strategy_.reason());
      case SearchStatus::exhausted:
        found_.reason = StopReason::exhausted;
        return options_.on_exhausted && options_.on_exhausted(found_so_far());
      default:
        found_.reason = StopReason::limit;
        return false;
    }
  }

  /// Runs the next execution. Returns false if the strategy has none.
  bool run_next() {
    Observer* const observer = options_.observe ? options_.observe() : nullptr;
    engine_.set_record_order(records_order_ || observer != nullptr);
    stop_before_fatal_points();
    if (!executions_.next(observer)) return false;
    if (observer != nullptr) options_.on_observed(engine_);
    return true;
  }

  /// Tells the engine where the next execution would end the process.
  void stop_before_fatal_points() {
    if (options_.fatal == nullptr || (options_.fatal->empty() && fatal_points_.empty())) [[likely]]
      return;
    // From now on executions may have tasks whose destructors, or the rest of whose code, would end
    // the process.
    repeater_.abandon_tasks();
    fatal_points_.clear();
    bool when_drained = false;
    for (const FatalExecution& execution : *options_.fatal) {
      if (execution.number != found_.executions + 1) continue;
      when_drained |= execution.when == FatalExecution::When::drained;
      if (execution.when != FatalExecution::When::running) continue;
      fatal_groups_.push_back(execution.point.group);
      fatal_points_.push_back(execution.point);
    }
    engine_.stop_at(fatal_points_);
    engine_.abandon_at_end(when_drained);
  }
  /// Whether a failure of `group` must not be repeated in this process, because that would end it.
  [[nodiscard]] bool is_fatal(std::uint64_t group) const {
    return std::find(fatal_groups_.begin(), fatal_groups_.end(), group) != fatal_groups_.end();
  }

  void count() {
    add_counts(found_, engine_);
    if (strategy_.part()) add_counts(tally().found, engine_);
    if (options_.progress != nullptr) {
      options_.progress->executions.store(found_.executions, std::memory_order_relaxed);
      options_.progress->failures.store(found_.failures, std::memory_order_relaxed);
      options_.progress->steps.store(found_.steps, std::memory_order_relaxed);
      options_.progress->max_depth.store(found_.max_depth, std::memory_order_relaxed);
    }
  }

  /// The tally of the part that chose the last execution.
  Tally& tally() {
    const std::size_t part = strategy_.part() ? strategy_.part()->index : 0;
    while (tallies_.size() <= part) {
      tallies_.push_back(std::make_unique<Tally>(repeater_, on_new_));
    }
    return *tallies_[part];
  }

  /// Passes a group on if no other part has found it before.
  void announce(const FailureGroup& group, const std::function<void(const FailureGroup&)>& to) {
    if (std::find(announced_.begin(), announced_.end(), group.id) != announced_.end()) return;
    announced_.push_back(group.id);
    if (to) to(group);
  }

  /// The results so far, those of the parts included.
  [[nodiscard]] Exploration found_so_far() const {
    Exploration all = found_;
    for (const auto& tally : tallies_) {
      Exploration groups;
      groups.groups = tally->found.groups;
      all.merge(groups);
      if (strategy_.part()) all.parts.push_back(tally->found);
    }
    return all;
  }

  // The following functions return whether the exploration continues after the execution that has
  // just ended.

  bool judge(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::divergence) {
      --found_.failures;
      if (strategy_.part()) --tally().found.failures;
      return stop_as_nondeterministic(
          fmt::format("the test offers other choices after the same {} steps: {}", engine_.steps(),
                      engine_.offered()));
    }
    return outcome.failed() ? judge_failed(outcome) : judge_passed();
  }

  bool judge_failed(const Outcome& outcome) {
    const auto entries = engine_.trace().entries().first(outcome.entries);
    FailureGroups& groups = tally().groups;
    const std::uint32_t part = strategy_.part() ? strategy_.part()->index : 0;
    if (FailureGroup* const group = groups.find(outcome.group)) {
      FailureGroups::count(*group, entries, strategy_.reproduction());
    } else {
      Recorder recorder;
      if (!is_fatal(outcome.group)) {
        const auto problem = repeater_.check_failed(engine_.trace(), outcome, recorder);
        if (problem) return stop_as_nondeterministic(*problem);
      }
      groups.add({outcome.group,
                  1,
                  {entries.begin(), entries.end()},
                  strategy_.reproduction(),
                  part,
                  recorder.recording()});
    }
    if (!options_.all) {
      found_.reason = StopReason::failure;
      return false;
    }
    const bool counts_traces =
        strategy_.part() ? strategy_.part()->counts_traces : strategy_.capabilities().counts_traces;
    if (counts_traces) {
      tally().later_failures.count(engine_, strategy_.reproduction(), fatal_points_);
    }
    return true;
  }

  bool judge_passed() {
    const bool is_sampled =
        std::has_single_bit(found_.executions) || found_.executions % kSampleEvery == 0;
    if (!is_sampled) return true;
    const auto problem = repeater_.check_passed(engine_.trace());
    return !problem || stop_as_nondeterministic(*problem);
  }

  bool stop_as_nondeterministic(std::string_view problem) {
    found_.reason = StopReason::nondeterminism;
    found_.problem = fmt::format("execution {}: {}", found_.executions, problem);
    return false;
  }

  Strategy& strategy_;
  const ExploreOptions& options_;
  Exploration found_;
  Engine engine_;
  const bool records_order_ = engine_.options().record_order;  ///< in all executions
  Executions<> executions_;
  Repeater repeater_;
  std::vector<std::unique_ptr<Tally>> tallies_;  ///< by StrategyPart::index
  std::vector<std::uint64_t> announced_;         ///< FailureGroup::id
  std::vector<FatalPoint> fatal_points_;         ///< those of the last execution
  std::vector<std::uint64_t> fatal_groups_;      ///< the groups of all of them so far
  const std::function<void(const FailureGroup&)> on_new_;
};

}  // namespace

Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group) {
  return Explorer{program, strategy, options, on_group}.run();
}

}  // namespace sim
