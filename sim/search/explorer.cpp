#include <sim/search/explorer.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include <sim/engine/executions.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

/// How often an execution that passed is run a second time, beside those whose number is a power of
/// two.
constexpr std::uint64_t kSampleEvery = 1U << 14U;

/// What happens before a failure of an execution: the entries that are needed for it to happen.
class Cause {
 public:
  Cause(const HappensBefore& happens_before, const FailureNote& failure)
      : happens_before_(happens_before), failure_(failure) {
    // The failing code follows what its task did last, or its spawn.
    for (std::size_t i = failure.entries; i-- > 0;) {
      const TraceEntry& entry = happens_before[i].entry;
      const bool spawns = entry.is_spawn() && entry.other_task() == failure.task;
      if (entry.task != failure.task && !spawns) continue;
      clock_ = VectorClock{happens_before.clock(i)};
      break;
    }
  }

  [[nodiscard]] bool contains(const Cause& other) const { return includes(clock_, other.clock_); }

  /// The entries that belong to it, in their order, as they are where there are no others.
  [[nodiscard]] std::vector<TraceEntry> entries() const {
    std::vector<TraceEntry> kept;
    std::vector<std::size_t> places(failure_.entries);  ///< of the entries, among those kept
    std::array<TaskId, kTasksMax> renamed{};
    std::uint8_t tasks = 1;
    for (std::size_t i = 0; i < failure_.entries; ++i) {
      if (!includes(clock_, happens_before_.clock(i))) continue;
      TraceEntry entry = happens_before_[i].entry;
      places[i] = kept.size();
      if (entry.is_wake()) entry = TraceEntry::wake(entry.task, places[entry.notify_entry()]);
      if (entry.is_spawn()) renamed[index_of(entry.other_task())] = TaskId{tasks++};
      entry.task = renamed[index_of(entry.task)];
      const auto rename = [&](ObjectId object) {
        const ObjectId same = object_id(renamed[index_of(creator_of(object))], ordinal_of(object));
        return is_queue(object) ? queue_of(same) : same;
      };
      if (row_of(entry.kind).also_writes == AlsoWrites::released_mutex) {
        entry.set_released_mutex(rename(entry.released_mutex()));
      }
      if (entry.is_step()) entry.object = rename(entry.object);
      kept.push_back(entry);
    }
    return kept;
  }

 private:
  const HappensBefore& happens_before_;
  const FailureNote& failure_;
  VectorClock clock_;
};

class Explorer {
 public:
  Explorer(const Program& program, Strategy& strategy, const ExploreOptions& options,
           const std::function<void(const FailureGroup&)>& on_group)
      : program_(program),
        strategy_(strategy),
        options_(options),
        on_group_(on_group),
        engine_(options_for(program, strategy, options)),
        executions_(engine_, program.body, strategy) {}

  Exploration run() {
    const Clock::time_point begin = Clock::now();
    while (!budget_spent(begin)) {
      if (options_.attention != nullptr && options_.attention->load(std::memory_order_relaxed)) {
        options_.on_attention(found_);
      }
      if (!executions_.next()) {
        if (options_.executions_left != nullptr) ++*options_.executions_left;
        end_of_strategy();
        const bool more = found_.reason == StopReason::exhausted && options_.on_exhausted;
        if (more && options_.on_exhausted(found_)) continue;
        break;
      }
      const Outcome& outcome = engine_.outcome();
      count(outcome);
      if (!judge(outcome)) break;
    }
    found_.complete = found_.reason == StopReason::exhausted && found_.is_whole();
    if (options_.record) {
      for (FailureGroup& group : found_.groups) record_least(group);
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

  bool budget_spent(Clock::time_point begin) {
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

  /// One of the shared budget; it is only used where an execution follows.
  [[nodiscard]] bool take_execution() const {
    return options_.executions_left->fetch_sub(1, std::memory_order_relaxed) > 0;
  }

  void end_of_strategy() {
    const SearchStatus status = executions_.status();
    if (status == SearchStatus::unsupported) {
      found_.reason = StopReason::unsupported;
      found_.problem = strategy_.reason();
    } else if (status == SearchStatus::diverged) {
      static_cast<void>(nondeterministic(std::string{strategy_.reason()}));
    } else {
      found_.reason = status == SearchStatus::exhausted ? StopReason::exhausted : StopReason::limit;
    }
  }

  void count(const Outcome& outcome) {
    const auto depth = static_cast<std::uint32_t>(engine_.steps());
    ++found_.executions;
    found_.steps += depth;
    found_.max_depth = std::max(found_.max_depth, depth);
    found_.abandoned += engine_.abandoned();
    found_.interleaved |= engine_.interleaved();
    found_.open_invariants |= engine_.has_open_invariants();
    found_.cut += engine_.cut() ? 1 : 0;
    found_.bounded += engine_.bounded() ? 1 : 0;
    found_.failures += outcome.failed() ? 1 : 0;
    if (options_.progress != nullptr) {
      options_.progress->executions.store(found_.executions, std::memory_order_relaxed);
      options_.progress->failures.store(found_.failures, std::memory_order_relaxed);
      options_.progress->max_depth.store(found_.max_depth, std::memory_order_relaxed);
    }
  }

  /// Whether to go on.
  bool judge(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::divergence) {
      --found_.failures;
      return !nondeterministic(
          fmt::format("the test offers other choices after the same {} steps", engine_.steps()));
    }
    if (outcome.failed()) {
      if (FailureGroup* const group = known_group(outcome.group)) {
        ++group->executions;
        const auto entries = failed_entries(outcome);
        if (precedes(entries, group->least)) {
          group->least.assign(entries.begin(), entries.end());
          group->reproduction = strategy_.reproduction();
        }
      } else if (!add_group(outcome)) {
        return false;
      }
      if (options_.all) {
        count_later_failures();
        return true;
      }
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

  /// Of a trace only one execution is run, and which of its failures came first there says nothing:
  /// a later one that does not depend on the others is the first in another execution of the trace.
  void count_later_failures() {
    if (engine_.failures().size() < 2 || !strategy_.capabilities().needs_order) return;
    const std::vector<FailureNote> failures = different_failures();
    if (failures.size() < 2) return;
    happens_before_.assign(engine_.trace());
    std::vector<Cause> causes;
    for (const FailureNote& failure : failures) causes.emplace_back(happens_before_, failure);
    std::vector<std::uint64_t> counted{failures[0].group};
    for (std::size_t i = 1; i < failures.size(); ++i) {
      const std::uint64_t group = failures[i].group;
      const bool is_counted = std::find(counted.begin(), counted.end(), group) != counted.end();
      const auto depends = [&](const Cause& other) { return causes[i].contains(other); };
      const auto own = causes.begin() + static_cast<std::ptrdiff_t>(i);
      if (is_counted || std::any_of(causes.begin(), own, depends)) continue;
      if (count_alone(group, causes[i])) counted.push_back(group);
    }
  }

  /// Without those that a task repeats.
  [[nodiscard]] std::vector<FailureNote> different_failures() const {
    std::vector<FailureNote> different;
    for (const FailureNote& failure : engine_.failures()) {
      const auto same = [&](const FailureNote& other) {
        return other.group == failure.group && other.task == failure.task;
      };
      if (std::none_of(different.begin(), different.end(), same)) different.push_back(failure);
    }
    return different;
  }

  /// Runs just what a failure needs. Whether it is what comes first there.
  bool count_alone(std::uint64_t id, const Cause& cause) {
    const std::vector<TraceEntry> entries = cause.entries();
    RetraceStrategy retrace{entries};
    Recorder recorder;
    run_again(retrace, &recorder);
    const Outcome& outcome = second_->outcome();
    if (!outcome.failed() || outcome.group != id) return false;
    const auto failed = second_->trace().entries().first(outcome.entries);
    if (FailureGroup* const group = known_group(id)) {
      ++group->executions;
      if (precedes(failed, group->least)) group->least.assign(failed.begin(), failed.end());
      return true;
    }
    found_.groups.push_back(
        {id, 1, {failed.begin(), failed.end()}, strategy_.reproduction(), recorder.recording()});
    if (on_group_) on_group_(found_.groups.back());
    return true;
  }

  /// The trace up to the failure.
  [[nodiscard]] std::span<const TraceEntry> failed_entries(const Outcome& outcome) const {
    return engine_.trace().entries().first(outcome.entries);
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
    const auto entries = failed_entries(outcome);
    found_.groups.push_back(
        {id, 1, {entries.begin(), entries.end()}, strategy_.reproduction(), recorder.recording()});
    if (on_group_) on_group_(found_.groups.back());
    return true;
  }

  /// Puts the least failure of a group into words.
  void record_least(FailureGroup& group) {
    RetraceStrategy retrace{group.least};
    Recorder recorder;
    run_again(retrace, &recorder);
    group.recording = recorder.recording();
  }

  void copy_trace() {
    const auto entries = engine_.trace().entries();
    trace_.assign(entries.begin(), entries.end());
  }

  /// On an engine of its own, so that the trace of the execution in question stays where it is.
  void run_again(RetraceStrategy& retrace, Recorder* recorder) {
    if (second_ == nullptr) {
      EngineOptions options = engine_.options();
      options.after_failure = AfterFailure::stop;
      options.trace_memory = {};
      second_ = std::make_unique<Engine>(options);
    }
    run_once(*second_, program_.body, retrace, recorder);
  }

  bool nondeterministic_at(std::size_t entry) {
    const auto before = std::span{trace_}.first(std::min(entry, trace_.size()));
    const auto orders = std::count_if(before.begin(), before.end(),
                                      [](const TraceEntry& e) { return e.is_order(); });
    return nondeterministic(
        fmt::format("run twice with the same choices, it did something else at step {}",
                    entry + 1 - static_cast<std::size_t>(orders)));
  }

  bool nondeterministic(std::string what) {
    found_.reason = StopReason::nondeterminism;
    found_.problem = fmt::format("execution {}: {}", found_.executions, std::move(what));
    return true;
  }

  const Program& program_;
  Strategy& strategy_;
  const ExploreOptions& options_;
  const std::function<void(const FailureGroup&)>& on_group_;
  Engine engine_;
  Executions<> executions_;
  std::unique_ptr<Engine> second_;
  std::vector<TraceEntry> trace_;
  HappensBefore happens_before_;
  std::size_t last_group_ = 0;
  Exploration found_;
};

}  // namespace

void Exploration::merge(const Exploration& other) {
  executions += other.executions;
  failures += other.failures;
  steps += other.steps;
  cut += other.cut;
  bounded += other.bounded;
  lost += other.lost;
  abandoned += other.abandoned;
  max_depth = std::max(max_depth, other.max_depth);
  interleaved |= other.interleaved;
  open_invariants |= other.open_invariants;
  for (const FailureGroup& group : other.groups) {
    const auto place = std::find_if(groups.begin(), groups.end(),
                                    [&](const FailureGroup& g) { return g.id == group.id; });
    if (place == groups.end()) {
      groups.push_back(group);
      continue;
    }
    place->executions += group.executions;
    if (precedes(group.least, place->least)) {
      place->least = group.least;
      place->reproduction = group.reproduction;
      place->recording = group.recording;
    }
  }
}

void Exploration::sort_groups() {
  std::sort(groups.begin(), groups.end(), [](const FailureGroup& a, const FailureGroup& b) {
    if (precedes(a.least, b.least)) return true;
    return !precedes(b.least, a.least) && a.id < b.id;
  });
}

bool precedes(std::span<const TraceEntry> a, std::span<const TraceEntry> b) {
  const std::size_t preemptions_a = Trace{a}.preemptions();
  const std::size_t preemptions_b = Trace{b}.preemptions();
  if (preemptions_a != preemptions_b) return preemptions_a < preemptions_b;
  for (std::size_t i = 0, j = 0;; ++i, ++j) {
    while (i < a.size() && a[i].is_order()) ++i;
    while (j < b.size() && b[j].is_order()) ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j != b.size();
    if (a[i].task != b[j].task) return a[i].task < b[j].task;
    if (!a[i].is_choice() || !b[j].is_choice()) continue;
    const std::uint32_t mine = a[i].chosen_index();
    const std::uint32_t other = b[j].chosen_index();
    if (mine != other) return mine < other;
  }
}

Exploration explore(const Program& program, Strategy& strategy, const ExploreOptions& options,
                    const std::function<void(const FailureGroup&)>& on_group) {
  return Explorer{program, strategy, options, on_group}.run();
}

}  // namespace sim
