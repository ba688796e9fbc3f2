#include <sim/explorer.hpp>

#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>

#include <sim/strategies/retrace.hpp>

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

/// How often an execution that passed is run a second time, beside those whose number is a power of
/// two.
constexpr std::uint64_t kSampleEvery = 1U << 14U;

class Explorer {
 public:
  Explorer(const Program& program, Strategy& strategy, const ExploreOptions& options,
           const std::function<void(const FailureGroup&)>& on_group)
      : program_(program),
        strategy_(strategy),
        options_(options),
        on_group_(on_group),
        engine_(engine_options(options)) {}

  Exploration run() {
    const Clock::time_point begin = Clock::now();
    while (!budget_spent(begin)) {
      if (!strategy_.begin_execution()) {
        found_.reason = StopReason::exhausted;
        if (strategy_.strayed()) {
          static_cast<void>(
              nondeterministic("it ended before a choice that it had offered before"));
        }
        break;
      }
      const Outcome& outcome = engine_.run(program_.body, strategy_);
      strategy_.end_execution(engine_.trace());
      count(outcome);
      if (!judge(outcome)) break;
    }
    found_.complete =
        found_.reason == StopReason::exhausted && strategy_.exhausted() && found_.cut == 0;
    found_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return std::move(found_);
  }

 private:
  static EngineOptions engine_options(const ExploreOptions& options) {
    EngineOptions engine = options.engine;
    engine.after_failure = options.all ? AfterFailure::continue_ : AfterFailure::stop;
    return engine;
  }

  bool budget_spent(Clock::time_point begin) {
    if (options_.interrupt != nullptr && options_.interrupt->load(std::memory_order_relaxed)) {
      found_.reason = StopReason::interrupted;
    } else if (options_.executions_max && found_.executions >= *options_.executions_max) {
      found_.reason = StopReason::executions;
    } else if (options_.time_max && Clock::now() - begin >= *options_.time_max) {
      found_.reason = StopReason::time;
    } else {
      return false;
    }
    return true;
  }

  void count(const Outcome& outcome) {
    const auto depth = static_cast<std::uint32_t>(engine_.trace().entries().size());
    ++found_.executions;
    found_.steps += depth;
    found_.max_depth = std::max(found_.max_depth, depth);
    found_.abandoned += engine_.abandoned();
    found_.interleaved |= engine_.interleaved();
    found_.cut += outcome.kind == OutcomeKind::step_bound ? 1 : 0;
    found_.failures += outcome.failed() ? 1 : 0;
    if (options_.progress != nullptr) {
      options_.progress->executions.store(found_.executions, std::memory_order_relaxed);
      options_.progress->failures.store(found_.failures, std::memory_order_relaxed);
    }
  }

  /// Whether to go on.
  bool judge(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::divergence) {
      --found_.failures;
      return !nondeterministic(fmt::format("the test offers other choices after the same {} steps",
                                           engine_.trace().entries().size()));
    }
    if (outcome.failed()) {
      if (FailureGroup* const group = known_group(outcome.group)) {
        ++group->executions;
      } else if (!add_group(outcome)) {
        return false;
      }
      if (options_.all) return true;
      found_.reason = StopReason::failure;
      return false;
    }
    const bool sampled =
        std::has_single_bit(found_.executions) || found_.executions % kSampleEvery == 0;
    if (!sampled) return true;
    copy_trace();
    RetraceStrategy retrace{trace_};
    run_again(retrace, nullptr);
    if (const auto difference = retrace.first_difference(second_->trace(), false)) {
      return !nondeterministic_at(*difference);
    }
    const OutcomeKind again = second_->outcome().kind;
    if (again == OutcomeKind::passed) return true;
    // It refuses to go on behind the end of what it repeats.
    if (again == OutcomeKind::divergence) return !nondeterministic_at(trace_.size());
    return !nondeterministic(fmt::format(
        "it passed the first time; the same steps then ended with {}", to_string(again)));
  }

  FailureGroup* known_group(std::uint64_t id) {
    if (last_group_ < found_.groups.size() && found_.groups[last_group_].id == id) {
      return &found_.groups[last_group_];
    }
    for (last_group_ = 0; last_group_ < found_.groups.size(); ++last_group_) {
      if (found_.groups[last_group_].id == id) return &found_.groups[last_group_];
    }
    return nullptr;
  }

  bool add_group(const Outcome& outcome) {
    copy_trace();
    const OutcomeKind kind = outcome.kind;
    const std::uint64_t id = outcome.group;
    RetraceStrategy retrace{trace_};
    Recorder recorder;
    run_again(retrace, &recorder);
    if (const auto difference = retrace.first_difference(second_->trace(), true)) {
      return !nondeterministic_at(*difference);
    }
    if (second_->outcome().kind != kind || second_->outcome().group != id) {
      return !nondeterministic(
          fmt::format("it failed with {} the first time; the same steps then ended with {}",
                      to_string(kind), second_->outcome().summary()));
    }
    found_.groups.push_back({id, 1, found_.executions, recorder.recording()});
    if (on_group_) on_group_(found_.groups.back());
    return true;
  }

  void copy_trace() {
    const auto entries = engine_.trace().entries();
    trace_.assign(entries.begin(), entries.end());
  }

  /// On an engine of its own, so that the trace of the execution in question stays where it is.
  void run_again(RetraceStrategy& retrace, Recorder* recorder) {
    if (second_ == nullptr) {
      EngineOptions options = options_.engine;
      options.after_failure = AfterFailure::stop;
      options.trace_memory = {};
      second_ = std::make_unique<Engine>(options);
    }
    retrace.begin_execution();
    second_->run(program_.body, retrace, recorder);
  }

  bool nondeterministic_at(std::size_t entry) {
    return nondeterministic(fmt::format(
        "run twice with the same choices, it did something else at step {}", entry + 1));
  }

  bool nondeterministic(std::string what) {
    found_.reason = StopReason::nondeterminism;
    found_.nondeterminism = fmt::format("execution {}: {}", found_.executions, std::move(what));
    return true;
  }

  const Program& program_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  const std::function<void(const FailureGroup&)>& on_group_;
  Engine engine_;
  std::unique_ptr<Engine> second_;
  std::vector<TraceEntry> trace_;
  std::size_t last_group_ = 0;
  Exploration found_;
};

}  // namespace

Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group) {
  return Explorer{program, strategy, options, on_group}.run();
}

}  // namespace sim
