#include <sim/diagnose/explain.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <sim/diagnose/pattern.hpp>
#include <sim/diagnose/reversal.hpp>
#include <sim/memory/conflict.hpp>

namespace sim {
namespace {

/// All executions that reverse a pair are run if they have at most this many steps together.
constexpr std::uint64_t kStepsOfPair = 50'000;
/// Otherwise this many of them are run, drawn at random.
constexpr std::uint32_t kSamples = 300;
/// The maximum number of pairs that are examined. Pairs with the smallest distance come first.
constexpr std::size_t kPairsMax = 400;
/// If an execution has at most this many events, distant conflicts are examined too.
constexpr std::size_t kAllPairsOf = 100;

class Explaining {
 public:
  Explaining(const Program& program, Recording& recording, Prober& prober)
      : program_(program), recording_(recording), prober_(prober) {
    target_ = target_of(recording);
    add_later_steps();
    list_entries();
    find_conflicts();
  }

  Explanation run() {
    const std::uint64_t before = prober_.executions();
    std::size_t examined = 0;
    for (const Ordering& pair : pairs_) {
      if (follows_from_another(pair)) continue;
      if (prober_.is_spent() || ++examined > kPairsMax) {
        explanation_.exhaustive = false;
        break;
      }
      examine(pair);
    }
    explanation_.executions = prober_.executions() - before;
    drop_later_steps();
    sort();
    explanation_.pattern = pattern_of(recording_, explanation_.necessary);
    return std::move(explanation_);
  }

 private:
  [[nodiscard]] std::size_t events() const {
    return recording_.events.size() + recording_.waiting.size();
  }
  [[nodiscard]] const RecordedEvent& event(std::size_t index) const {
    return recording_.event_or_waiting(index);
  }

  /// Adds what the tasks would have done after the failure.
  void add_later_steps() {
    if (recording_.outcome.kind == OutcomeKind::deadlock || target_.dies()) return;
    const Recording beyond = prober_.record_beyond(program_, recording_.trace());
    for (std::size_t i = recording_.events.size(); i < beyond.events.size(); ++i) {
      if (!beyond.events[i].is_step()) continue;
      if (recording_.tasks.size() < beyond.tasks.size()) recording_.tasks = beyond.tasks;
      recording_.waiting.push_back(beyond.events[i]);
    }
  }

  /// Removes the later steps that no necessary order names.
  void drop_later_steps() {
    if (recording_.outcome.kind == OutcomeKind::deadlock) return;
    const std::vector<RecordedEvent> later = std::exchange(recording_.waiting, {});
    const std::size_t made = recording_.events.size();
    std::map<std::size_t, std::size_t> kept;
    for (const Ordering& order : explanation_.necessary) {
      if (order.second >= made) kept[order.second - made] = 0;
    }
    for (auto& [from, to] : kept) {
      to = recording_.waiting.size();
      recording_.waiting.push_back(later[from]);
    }
    for (Ordering& order : explanation_.necessary) {
      if (order.second >= made) order.second = made + kept.at(order.second - made);
    }
  }

  /// Lists all steps and choices, and after them the operations in Recording::waiting.
  void list_entries() {
    entries_ = recording_.schedule_entries();
    entry_of_.resize(events());
    std::size_t entry = 0;
    for (std::size_t i = 0; i < events(); ++i) {
      if (event(i).kind == RecordedEvent::Kind::mark) continue;
      entry_of_[i] = entry++;
      if (i < recording_.events.size()) continue;
      const std::string& task = recording_.tasks[event(i).task].name;
      entries_.push_back(
          {ScheduledStep{task, event(i).label, event(i).text, false, std::nullopt}, 0});
    }
  }

  [[nodiscard]] bool are_in_conflict(std::size_t a, std::size_t b) const {
    return event(a).task != event(b).task && conflicts(event(a).entry(), event(b).entry()) &&
           decides(event(a), event(b));
  }

  /// Finds the conflicts. In a long execution it finds only the nearest ones: for each step and
  /// each other task, the last conflicting step before it and the first one after it. An execution
  /// that reverses a more distant conflict also reverses one of these.
  void find_conflicts() {
    const std::size_t tasks = recording_.tasks.size();
    const std::size_t made = recording_.events.size();
    const bool all = events() <= kAllPairsOf;
    std::set<std::pair<std::size_t, std::size_t>> found;
    for (std::size_t i = 0; i < events(); ++i) {
      std::vector<bool> known(tasks, false);
      for (std::size_t a = std::min(i, made); a-- > 0;) {
        if (known[event(a).task] || !are_in_conflict(a, i)) continue;
        known[event(a).task] = !all;
        found.emplace(a, i);
      }
      known.assign(tasks, false);
      for (std::size_t b = i + 1; i < made && b < events(); ++b) {
        if (known[event(b).task] || !are_in_conflict(i, b)) continue;
        known[event(b).task] = !all;
        found.emplace(i, b);
      }
    }
    for (const auto& [a, b] : found) pairs_.push_back({a, b});
    sort_pairs();
    std::map<ObjectId, std::size_t> users;
    for (std::size_t i = 0; i < events(); ++i) {
      if (!event(i).is_step()) continue;
      const auto [user, is_new] = users.emplace(event(i).object, event(i).task);
      if (!is_new && user->second != event(i).task) shared_.insert(event(i).object);
    }
  }

  /// Sorts the pairs by distance. If there are more than can be examined, those on the object of
  /// the last step come before the others.
  void sort_pairs() {
    const bool many = pairs_.size() > kPairsMax;
    const auto last = std::find_if(recording_.events.rbegin(), recording_.events.rend(),
                                   [](const RecordedEvent& e) { return e.is_step(); });
    const auto rank = [&](const Ordering& pair) {
      const bool others =
          many && last != recording_.events.rend() && event(pair.first).object != last->object;
      return std::pair{others, pair.second - pair.first};
    };
    std::stable_sort(pairs_.begin(), pairs_.end(),
                     [&](const Ordering& a, const Ordering& b) { return rank(a) < rank(b); });
  }

  /// Whether each execution that reverses `pair` also reverses an order that is known to be
  /// necessary.
  [[nodiscard]] bool follows_from_another(const Ordering& pair) const {
    const auto& known = explanation_.necessary;
    return std::any_of(known.begin(), known.end(), [&](const Ordering& other) {
      return event(other.first).task == event(pair.first).task &&
             event(other.second).task == event(pair.second).task && pair.first <= other.first &&
             other.second <= pair.second;
    });
  }

  /// Whether `conflict` may have either order when `pair` is reversed: it is a conflict of the same
  /// two tasks between the steps of the pair, or its second step comes after the failure.
  [[nodiscard]] bool is_free(const Ordering& conflict, const Ordering& pair) const {
    if (conflict.second >= recording_.events.size() &&
        recording_.outcome.kind != OutcomeKind::deadlock) {
      return true;
    }
    const auto of_the_two = [&](std::size_t i) {
      return event(i).task == event(pair.first).task || event(i).task == event(pair.second).task;
    };
    return conflict.first >= pair.first && conflict.second <= pair.second &&
           of_the_two(conflict.first) && of_the_two(conflict.second);
  }

  [[nodiscard]] Reversal reversal_of(const Ordering& pair) const {
    Reversal reversal{entry_of_[pair.first], entry_of_[pair.second], {}, {}, shared_};
    reversal.before.resize(entries_.size());
    reversal.free.resize(entries_.size());
    for (const Ordering& conflict : pairs_) {
      const std::size_t first = entry_of_[conflict.first];
      const std::size_t second = entry_of_[conflict.second];
      if (is_free(conflict, pair)) {
        reversal.free[first].push_back(second);
        reversal.free[second].push_back(first);
      } else {
        reversal.before[second].push_back(first);
      }
    }
    return reversal;
  }

  /// Searches for an execution that reverses the pair and, if `fails`, fails in the same way, and
  /// otherwise passes.
  Probe search(const Reversal& reversal, bool fails, std::uint32_t samples) {
    ReversalStrategy strategy{entries_, reversal, samples};
    // After a crash it is not known whether the pair was reversed; it is assumed that it was.
    if (fails && target_.dies()) {
      return prober_.search(program_, strategy, target_, kStepsOfPair);
    }
    const auto wanted = [&](const Engine& engine) {
      const Outcome& outcome = engine.outcome();
      return (fails ? target_.is(outcome) : !outcome.failed()) && strategy.is_reversed();
    };
    const std::uint64_t budget = samples == 0 ? kStepsOfPair : Prober::kAll;
    return prober_.search(program_, strategy, wanted, budget);
  }

  void examine(const Ordering& pair) {
    const Reversal reversal = reversal_of(pair);
    Probe failing = search(reversal, true, 0);
    if (!failing.found && !failing.exhaustive && !prober_.is_spent()) {
      explanation_.exhaustive = false;
      failing = search(reversal, true, kSamples);
    }
    if (failing.found) ++explanation_.reversible;
    if (failing.found || !failing.exhaustive) return;
    Probe passing = search(reversal, false, 0);
    if (!passing.found && !passing.exhaustive) passing = search(reversal, false, kSamples);
    if (passing.found) add(pair, passing.trace);
  }

  void add(const Ordering& pair, std::span<const TraceEntry> passing) {
    std::erase_if(explanation_.necessary, [&](const Ordering& other) {
      return event(other.first).task == event(pair.first).task &&
             event(other.second).task == event(pair.second).task && other.first <= pair.first &&
             pair.second <= other.second;
    });
    explanation_.necessary.push_back(pair);
    // Reports show the passing execution beside the failing one, so a long common prefix is better.
    if (explanation_.passing && pair.first < passing_from_) return;
    explanation_.passing = prober_.record(program_, passing);
    passing_from_ = pair.first;
  }

  void sort() {
    auto& all = explanation_.necessary;
    std::sort(all.begin(), all.end(), [](const Ordering& a, const Ordering& b) {
      return std::pair{a.first, a.second} < std::pair{b.first, b.second};
    });
  }

  const Program& program_;
  Recording& recording_;
  Prober& prober_;
  Target target_;
  std::vector<ScheduleEntry> entries_;
  std::vector<std::size_t> entry_of_;  ///< by event
  std::vector<Ordering> pairs_;        ///< conflicts
  std::set<ObjectId> shared_;
  Explanation explanation_;
  std::size_t passing_from_ = 0;
};

}  // namespace

Explanation explain(const Program& program, Recording& recording, Prober& prober) {
  // An endless execution is not explained: its steps could be reversed without end.
  if (!recording.outcome.failed() || recording.outcome.kind == OutcomeKind::step_bound) return {};
  if (recording.outcome.kind == OutcomeKind::data_race) {
    Explanation why;
    why.pattern = FailurePattern::data_race;
    return why;
  }
  return Explaining{program, recording, prober}.run();
}

}  // namespace sim
