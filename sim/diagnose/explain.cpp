#include <sim/diagnose/explain.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <sim/diagnose/conflict_pairs.hpp>
#include <sim/diagnose/fair_strategy.hpp>
#include <sim/diagnose/livelock.hpp>
#include <sim/diagnose/pattern.hpp>
#include <sim/diagnose/reversal.hpp>
#include <sim/diagnose/wake_probe.hpp>

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

/// The maximum number of pairs inside two critical sections that are examined in place of the
/// locks.
constexpr std::size_t kInnerPairsMax = 4;

/// What was found out about an order.
enum class Verdict : std::uint8_t {
  necessary,
  reversible,  ///< an execution that reverses it fails in the same way
  fixed,       ///< no execution reverses it, or those that do fail in another way
  undecided    ///< the budget was too small
};

/// Which executions that reverse a pair a search looks for.
enum class Wanted : std::uint8_t {
  fails,            ///< those that fail in the same way
  passes,           ///< those that pass
  passes_with_both  ///< those that pass and in which both steps are made
};

/// A necessary order, with the steps that a lock keeps together with its own.
struct NecessaryOrder {
  Ordering order;
  std::size_t first_end = 0;     ///< end of the critical section of the first step, or that step
  std::size_t second_begin = 0;  ///< begin of the critical section of the second, or that step
};

class Explaining {
 public:
  Explaining(const Program& program, Recording& recording, Prober& prober)
      : program_(program),
        recording_(recording),
        prober_(prober),
        target_(target_of(recording)),
        sections_(recording) {
    add_later_steps();
    list_entries();
    pairs_ = conflicting_pairs(recording, kAllPairsOf);
    sort_pairs();
    find_shared();
    find_inner_pairs();
  }

  Explanation run() {
    const std::uint64_t before = prober_.executions();
    std::set<std::pair<std::size_t, std::size_t>> known;  // the sections that were examined
    for (const Ordering& pair : pairs_) {
      if (follows_from_another(pair)) continue;
      const std::optional<SeparatedSections> sections = sections_.around(pair);
      if (sections && !known.emplace(sections->locks.first, sections->locks.second).second)
        continue;
      if (prober_.is_spent() || explanation_.examined == kPairsMax) {
        explanation_.whole = false;
        break;
      }
      ++explanation_.examined;
      const Verdict verdict = sections ? examine(*sections) : examine(pair);
      if (verdict == Verdict::reversible) ++explanation_.reversible;
    }
    finish_orders();
    explanation_.pattern = pattern_of(recording_, explanation_.necessary);
    if (explanation_.pattern == FailurePattern::unknown &&
        passes_if_woken(program_, recording_, entries_, prober_)) {
      explanation_.pattern = pattern_of(recording_, explanation_.necessary, true);
    }
    explanation_.executions = prober_.executions() - before;
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
    using enum OutcomeKind;
    const OutcomeKind kind = recording_.outcome.kind;
    if (kind == deadlock || kind == step_bound || ends_process(target_.kind)) return;
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

  /// Finds the objects that several tasks use.
  void find_shared() {
    std::map<ObjectId, std::size_t> users;
    for (std::size_t i = 0; i < events(); ++i) {
      if (!event(i).is_step()) continue;
      const auto [user, is_new] = users.emplace(event(i).object, event(i).task);
      if (!is_new && user->second != event(i).task) shared_.insert(event(i).object);
    }
  }

  /// Finds the pairs inside critical sections that a lock keeps apart, except the locks themselves.
  void find_inner_pairs() {
    for (const Ordering& pair : pairs_) {
      if (waits_for_lock(event(pair.first).operation)) continue;
      const std::optional<SeparatedSections> sections = sections_.around(pair);
      if (!sections || pair == sections->locks) continue;
      inner_[{sections->locks.first, sections->locks.second}].push_back(pair);
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

  /// Whether each execution that reverses `pair` also reverses `other`: it is between the steps of
  /// the pair, or a lock keeps it together with them.
  [[nodiscard]] bool follows(const Ordering& pair, const NecessaryOrder& other) const {
    if (event(other.order.first).task != event(pair.first).task) return false;
    if (event(other.order.second).task != event(pair.second).task) return false;
    const Ordering window = window_of(pair);
    return window.first <= other.first_end && other.second_begin <= window.second;
  }
  [[nodiscard]] bool follows_from_another(const Ordering& pair) const {
    return std::any_of(necessary_.begin(), necessary_.end(),
                       [&](const NecessaryOrder& other) { return follows(pair, other); });
  }

  [[nodiscard]] NecessaryOrder with_sections(const Ordering& order) const {
    const std::optional<SeparatedSections> sections = sections_.around(order);
    if (!sections) return {order, order.first, order.second};
    return {order, sections->first_end, sections->locks.second};
  }

  /// The events between which conflicts may have either order when `pair` is reversed: the steps of
  /// the pair or, if a lock keeps critical sections around them apart, the whole sections.
  [[nodiscard]] Ordering window_of(const Ordering& pair) const {
    const std::optional<SeparatedSections> sections = sections_.around(pair);
    return sections ? Ordering{sections->locks.first, sections->end} : pair;
  }

  /// Makes the reversal of a pair. A conflict may have either order if it lies in the window of the
  /// pair and its steps are of the two tasks or, with `wide`, one of them is and the order is not
  /// known to be necessary; or if its second step comes after the failure.
  [[nodiscard]] Reversal reversal_of(const Ordering& pair, bool wide = false) const {
    const Ordering window = window_of(pair);
    const auto of_the_two = [&](std::size_t i) {
      return event(i).task == event(pair.first).task || event(i).task == event(pair.second).task;
    };
    const bool later_is_free = recording_.outcome.kind != OutcomeKind::deadlock;
    const auto is_free = [&](const Ordering& conflict) {
      if (later_is_free && conflict.second >= recording_.events.size()) return true;
      if (conflict.first < window.first || conflict.second > window.second) return false;
      if (wide && follows_from_another(conflict)) return false;
      const bool first = of_the_two(conflict.first);
      const bool second = of_the_two(conflict.second);
      return wide ? first || second : first && second;
    };
    Reversal reversal{entry_of_[pair.first], entry_of_[pair.second], {}, {}, shared_};
    reversal.before.resize(entries_.size());
    reversal.free.resize(entries_.size());
    for (const Ordering& conflict : pairs_) {
      const std::size_t first = entry_of_[conflict.first];
      const std::size_t second = entry_of_[conflict.second];
      if (is_free(conflict)) {
        reversal.free[first].push_back(second);
        reversal.free[second].push_back(first);
      } else {
        reversal.before[second].push_back(first);
      }
    }
    return reversal;
  }

  /// Searches for an execution that reverses the pair and is as `wanted`.
  Probe search(const Reversal& reversal, Wanted wanted, std::uint32_t samples) {
    ReversalStrategy strategy{entries_, reversal, samples};
    // After a crash it is not known whether the pair was reversed; it is assumed that it was.
    if (wanted == Wanted::fails && ends_process(target_.kind)) {
      return prober_.search(program_, strategy, target_, kStepsOfPair);
    }
    const auto is_wanted = [&](const Engine& engine) {
      const Outcome& outcome = engine.outcome();
      if (!(wanted == Wanted::fails ? target_.is(outcome) : !outcome.failed())) return false;
      return wanted == Wanted::passes_with_both ? strategy.has_both() : strategy.is_reversed();
    };
    const std::uint64_t budget = samples == 0 ? kStepsOfPair : Prober::kAll;
    if (target_.kind != OutcomeKind::step_bound) {
      return prober_.search(program_, strategy, is_wanted, budget);
    }
    FairStrategy fair{strategy};
    return prober_.search(program_, fair, is_wanted, budget);
  }

  /// Examines one reversal of `pair`. Adds the order if it is necessary.
  Verdict examine(const Ordering& pair, const Reversal& reversal, Wanted passing_wanted) {
    Probe failing = search(reversal, Wanted::fails, 0);
    if (!failing.found && !failing.exhaustive) {
      explanation_.whole = false;
      if (!prober_.is_spent()) failing = search(reversal, Wanted::fails, kSamples);
    }
    if (failing.found) return Verdict::reversible;
    if (!failing.exhaustive) return Verdict::undecided;
    Probe passing = search(reversal, passing_wanted, 0);
    if (!passing.found && !passing.exhaustive) passing = search(reversal, passing_wanted, kSamples);
    if (!passing.found && !passing.exhaustive) explanation_.whole = false;
    if (!passing.found) return passing.exhaustive ? Verdict::fixed : Verdict::undecided;
    add(pair, passing.trace);
    return Verdict::necessary;
  }

  Verdict examine(const Ordering& pair) {
    Reversal reversal = reversal_of(pair);
    const Verdict verdict = examine(pair, reversal, Wanted::passes);
    // A task that was woken may look several times. If it looks in time once, and too late after
    // that, the order of the whole look may be necessary.
    const bool may_look_again = pair.second < recording_.events.size() &&
                                only_reads(event(pair.second).operation) &&
                                begins_to_sleep(event(pair.second).operation);
    if (verdict != Verdict::reversible || !may_look_again) return verdict;
    reversal.looks_to_the_end = true;
    const Verdict of_look = examine(pair, reversal, Wanted::passes);
    return of_look == Verdict::necessary ? of_look : verdict;
  }

  /// Examines the order of two critical sections, which are reversed as a whole. It is reported as
  /// the order of two steps in them if these have both orders, and otherwise as that of the locks.
  Verdict examine(const SeparatedSections& sections) {
    for (const Ordering& inner : inner_pairs(sections)) {
      const Verdict verdict = examine(inner, reversal_of(inner), Wanted::passes_with_both);
      if (verdict == Verdict::necessary) return verdict;
    }
    const Ordering& locks = sections.locks;
    const Verdict verdict = examine(locks, reversal_of(locks), Wanted::passes);
    // Sections of other tasks between the two may keep them apart. Then these give way.
    return verdict == Verdict::fixed ? examine(locks, reversal_of(locks, true), Wanted::passes)
                                     : verdict;
  }

  /// The pairs that can say more than "locks before": a notification and the wait that misses it,
  /// or the only object that the sections share. The nearest come first.
  [[nodiscard]] std::vector<Ordering> inner_pairs(const SeparatedSections& sections) const {
    const auto found = inner_.find({sections.locks.first, sections.locks.second});
    if (found == inner_.end()) return {};
    std::vector<Ordering> pairs;
    const auto misses = [&](const Ordering& pair) {
      return event(pair.first).operation == OperationKind::notify &&
             begins_to_sleep(event(pair.second).operation);
    };
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(pairs), misses);
    const ObjectId object = event(found->second.front().first).object;
    const bool one_object =
        std::all_of(found->second.begin(), found->second.end(), [&](const Ordering& pair) {
          return event(pair.first).object == object && event(pair.second).object == object;
        });
    if (pairs.empty() && one_object) pairs = found->second;
    pairs.resize(std::min(pairs.size(), kInnerPairsMax));
    return pairs;
  }

  void add(const Ordering& pair, std::span<const TraceEntry> passing) {
    const NecessaryOrder added = with_sections(pair);
    std::erase_if(necessary_,
                  [&](const NecessaryOrder& other) { return follows(other.order, added); });
    necessary_.push_back(added);
    // Reports show the passing execution beside the failing one, so a long common prefix is better.
    if (explanation_.passing && pair.first < passing_from_) return;
    explanation_.passing = prober_.record(program_, passing);
    passing_from_ = pair.first;
  }

  /// Sorts the necessary orders, and drops the later steps that none of them names.
  void finish_orders() {
    std::sort(necessary_.begin(), necessary_.end(), [](const auto& a, const auto& b) {
      return std::pair{a.order.first, a.order.second} < std::pair{b.order.first, b.order.second};
    });
    for (const NecessaryOrder& necessary : necessary_) {
      explanation_.necessary.push_back(necessary.order);
    }
    drop_later_steps();
  }

  const Program& program_;
  Recording& recording_;
  Prober& prober_;
  Target target_;
  CriticalSections sections_;
  std::vector<ScheduleEntry> entries_;
  std::vector<std::size_t> entry_of_;  ///< by event
  std::vector<Ordering> pairs_;        ///< conflicts
  /// The pairs inside two critical sections, by the events that lock them.
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Ordering>> inner_;
  std::set<ObjectId> shared_;
  std::vector<NecessaryOrder> necessary_;
  Explanation explanation_;
  std::size_t passing_from_ = 0;
};

}  // namespace

Explanation explain(const Program& program, Recording& recording, Prober& prober) {
  if (!recording.outcome.failed()) return {};
  if (recording.outcome.kind == OutcomeKind::step_bound) {
    // Without a livelock it is not explained: its steps could be reversed without end.
    const std::optional<Livelock> livelock = livelock_of(program, recording, prober);
    if (!livelock) return {};
    prober.limit_executions(2 * (livelock->begin + 3 * livelock->period) + 100);
    Recording first_passes = recording;
    first_passes.events.resize(
        std::min(recording.events.size(), livelock->begin + 3 * livelock->period));
    Explanation why = Explaining{program, first_passes, prober}.run();
    why.livelock = livelock;
    return why;
  }
  if (recording.outcome.kind == OutcomeKind::data_race) {
    Explanation why;
    why.pattern = pattern_of(recording, {});
    why.race = true;
    return why;
  }
  // Tasks that go on after a deadlock of others would make each execution as long as it may be.
  if (const auto end = end_of_deadlock(recording)) prober.limit_executions(4 * *end + 200);
  return Explaining{program, recording, prober}.run();
}

}  // namespace sim
