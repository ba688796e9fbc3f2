#include <sim/search/explorer.hpp>

#include <algorithm>
#include <bit>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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

class Explorer {
 public:
  Explorer(const Program& program, Strategy& strategy, const ExploreOptions& options,
           const std::function<void(const FailureGroup&)>& on_group)
      : strategy_(strategy),
        options_(options),
        engine_(options_for(program, strategy, options)),
        executions_(engine_, program.body, strategy),
        groups_(found_.groups, on_group),
        repeater_(program.body, engine_.options()),
        later_failures_(repeater_, groups_) {}

  Exploration run() {
    const Clock::time_point begin = Clock::now();
    while (!is_budget_spent(begin)) {
      if (options_.attention != nullptr && options_.attention->load(std::memory_order_relaxed)) {
        options_.on_attention(found_);
      }
      if (executions_.next()) {
        count();
        if (!judge(engine_.outcome())) break;
      } else if (!continue_after_end()) {
        break;
      }
    }
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
      return false;
    }
    return true;
  }

  /// Takes one execution from the shared budget. continue_after_end() puts it back if none follows.
  [[nodiscard]] bool take_execution() const {
    return options_.executions_left->fetch_sub(1, std::memory_order_relaxed) > 0;
  }

  /// Called when the strategy has no more executions. Returns whether it was given more.
  bool continue_after_end() {
    if (options_.executions_left != nullptr) ++*options_.executions_left;
    switch (executions_.status()) {
      case SearchStatus::unsupported:
        found_.reason = StopReason::unsupported;
        found_.problem = strategy_.reason();
        return false;
      case SearchStatus::diverged:
        return stop_as_nondeterministic(strategy_.reason());
      case SearchStatus::exhausted:
        found_.reason = StopReason::exhausted;
        return options_.on_exhausted && options_.on_exhausted(found_);
      default:
        found_.reason = StopReason::limit;
        return false;
    }
  }

  void count() {
    const auto depth = static_cast<std::uint32_t>(engine_.steps());
    ++found_.executions;
    found_.steps += depth;
    found_.max_depth = std::max(found_.max_depth, depth);
    found_.abandoned += engine_.abandoned();
    found_.interleaved |= engine_.interleaved();
    found_.weak_orders |= engine_.weak_orders();
    found_.open_invariants |= engine_.has_open_invariants();
    found_.truncated += engine_.truncated() ? 1 : 0;
    found_.bounded += engine_.bounded() ? 1 : 0;
    found_.failures += engine_.outcome().failed() ? 1 : 0;
    if (options_.progress != nullptr) {
      options_.progress->executions.store(found_.executions, std::memory_order_relaxed);
      options_.progress->failures.store(found_.failures, std::memory_order_relaxed);
      options_.progress->max_depth.store(found_.max_depth, std::memory_order_relaxed);
    }
  }

  // The following functions return whether the exploration continues after the execution that has
  // just ended.

  bool judge(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::divergence) {
      --found_.failures;
      return stop_as_nondeterministic(
          fmt::format("the test offers other choices after the same {} steps", engine_.steps()));
    }
    return outcome.failed() ? judge_failed(outcome) : judge_passed();
  }

  bool judge_failed(const Outcome& outcome) {
    const auto entries = engine_.trace().entries().first(outcome.entries);
    if (FailureGroup* const group = groups_.find(outcome.group)) {
      FailureGroups::count(*group, entries, strategy_.reproduction());
    } else {
      Recorder recorder;
      if (const auto problem = repeater_.check_failed(engine_.trace(), outcome, recorder)) {
        return stop_as_nondeterministic(*problem);
      }
      groups_.add({outcome.group,
                   1,
                   {entries.begin(), entries.end()},
                   strategy_.reproduction(),
                   recorder.recording()});
    }
    if (!options_.all) {
      found_.reason = StopReason::failure;
      return false;
    }
    if (strategy_.capabilities().counts_traces) {
      later_failures_.count(engine_, strategy_.reproduction());
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
  Executions<> executions_;
  FailureGroups groups_;
  Repeater repeater_;
  LaterFailures later_failures_;
};

}  // namespace

Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group) {
  return Explorer{program, strategy, options, on_group}.run();
}

}  // namespace sim
