#include <sim/diagnose/livelock.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <sim/diagnose/fair_strategy.hpp>
#include <sim/schedule/retrace_strategy.hpp>
#include <sim/search/bounded.hpp>

namespace sim {
namespace {

constexpr std::size_t kPeriodMax = 200;  ///< the longest loop that is recognized, in steps
/// What a search for a short livelock may spend.
constexpr std::uint32_t kPreemptionsMax = 4;
constexpr std::size_t kStepsOfExecution = 400;
constexpr std::uint64_t kStepsOfSearch = 400'000;
/// How many passes of the loop a short execution has: enough to be folded in a timeline.
constexpr std::size_t kPasses = 8;

bool are_alike(const TraceEntry& a, const TraceEntry& b) {
  return a.task == b.task && a.kind == b.kind && a.object == b.object && a.failed == b.failed &&
         a.raw_value == b.raw_value;
}

/// What is done in a livelock, in any order.
using Actions = std::set<std::pair<TaskId, ObjectId>>;

Actions actions_of(std::span<const TraceEntry> trace, const Livelock& livelock) {
  Actions actions;
  for (const TraceEntry& entry : trace.subspan(livelock.begin, livelock.period)) {
    if (entry.is_step()) actions.emplace(entry.task, entry.object);
  }
  return actions;
}

/// Repeats the first entries of a trace, and then lets the enabled tasks make steps in turn.
class InTurnStrategy final : public Strategy {
 public:
  explicit InTurnStrategy(std::span<const TraceEntry> trace) : retrace_(trace) {}

  SearchStatus begin_execution() override { return retrace_.begin_execution(); }
  std::uint32_t choose(const ChoicePoint& point) override {
    if (!beyond_) {
      const std::uint32_t index = retrace_.choose(point);
      if (index != kRefuse) return index;
      beyond_ = true;
    }
    if (point.kind != ChoiceKind::schedule) return 0;
    std::optional<TaskId> next;
    point.enabled.for_each([&](TaskId task) {
      if (!next && index_of(task) >= next_) next = task;
    });
    const TaskId task = next.value_or(point.enabled.nth(0));
    next_ = index_of(task) + 1;
    return point.enabled.rank(task);
  }

 private:
  RetraceStrategy retrace_;
  bool beyond_ = false;
  std::size_t next_ = 0;  ///< the lowest index of the task whose turn it is
};

/// Whether an execution that begins with `prefix` and is fair after it ends with `actions`.
bool stays(const Program& program, std::span<const TraceEntry> prefix, const Actions& actions,
           Prober& prober) {
  InTurnStrategy in_turn{prefix};
  prober.limit_executions(SIZE_MAX);
  const auto wanted = [&](const Engine& engine) {
    if (engine.outcome().kind != OutcomeKind::step_bound) return false;
    const auto trace = engine.trace().entries();
    const std::optional<Livelock> livelock = repeated_steps(trace);
    return livelock && actions_of(trace, *livelock) == actions;
  };
  return prober.search(program, in_turn, wanted).found;
}

}  // namespace

std::optional<Livelock> repeated_steps(std::span<const TraceEntry> trace) {
  constexpr std::size_t kTimesMin = 3;
  const std::size_t size = trace.size();
  for (std::size_t period = 1; period <= kPeriodMax && kTimesMin * period <= size; ++period) {
    std::size_t begin = size - period;
    while (begin > 0 && are_alike(trace[begin - 1], trace[begin - 1 + period])) --begin;
    const std::size_t times = (size - begin) / period;
    if (times >= kTimesMin) return Livelock{begin, period, times};
  }
  return std::nullopt;
}

std::optional<Livelock> livelock_of(const Program& program, const Recording& recording,
                                    Prober& prober) {
  const std::vector<TraceEntry> trace = recording.trace();
  std::optional<Livelock> livelock = repeated_steps(trace);
  if (!livelock) return std::nullopt;
  const auto prefix = std::span{trace}.first(livelock->begin);
  if (!stays(program, prefix, actions_of(trace, *livelock), prober)) return std::nullopt;
  // From entries of the trace to events.
  std::vector<std::size_t> events;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    if (recording.events[i].kind != RecordedEvent::Kind::mark) events.push_back(i);
  }
  const std::size_t begin = livelock->begin;
  const std::size_t end = begin + livelock->period;
  livelock->begin = events[begin];
  livelock->period = (end < events.size() ? events[end] : recording.events.size()) - events[begin];
  return livelock;
}

std::optional<std::vector<TraceEntry>> short_livelock(const Program& program,
                                                      const Recording& recording, Prober& prober) {
  const std::vector<TraceEntry> trace = recording.trace();
  const std::optional<Livelock> known = repeated_steps(trace);
  if (!known) return std::nullopt;
  const Actions actions = actions_of(trace, *known);
  // First without the executions in which a task repeats itself while others could run, then with
  // them: a task that looks twice in a row need not be in a loop.
  for (std::uint32_t i = 0; i < 2 * (kPreemptionsMax + 1); ++i) {
    BoundedStrategy few{i / 2};
    FairStrategy fair{few};
    Strategy& strategy = i % 2 == 0 ? static_cast<Strategy&>(fair) : few;
    const auto wanted = [&](const Engine& engine) {
      if (engine.outcome().kind != OutcomeKind::step_bound) return false;
      const auto entries = engine.trace().entries();
      const std::optional<Livelock> livelock = repeated_steps(entries);
      return livelock && actions_of(entries, *livelock) == actions;
    };
    prober.limit_executions(kStepsOfExecution);
    Probe probe = prober.search(program, strategy, wanted, kStepsOfSearch);
    if (!probe.found) continue;
    const Livelock found = repeated_steps(probe.trace).value();
    if (!stays(program, std::span{probe.trace}.first(found.begin), actions, prober)) continue;
    probe.trace.resize(found.begin + kPasses * found.period);
    return std::move(probe.trace);
  }
  // Nothing shorter was found. Then the execution itself is cut.
  const std::size_t end = known->begin + kPasses * known->period;
  const bool is_cut = end < trace.size();
  if (!is_cut || !stays(program, std::span{trace}.first(known->begin), actions, prober)) {
    return std::nullopt;
  }
  return std::vector<TraceEntry>{trace.begin(), trace.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace sim
