#include <sim/explain.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <sim/pattern.hpp>
#include <sim/report/cause.hpp>
#include <sim/strategies/reversal.hpp>

namespace sim {
namespace {

/// Of all that is left to find out, one pair may take so much.
constexpr std::uint64_t kShareOfPair = 20;

class Explaining {
 public:
  Explaining(const Program& program, Recording& recording, Prober& prober)
      : program_(program), recording_(recording), prober_(prober) {
    const Outcome& outcome = recording.outcome;
    target_ = {outcome.kind, outcome.group, outcome.message, false};
    add_later_steps();
    list_entries();
    find_conflicts();
  }

  Explanation run() {
    const std::uint64_t before = prober_.executions();
    for (const Ordering& pair : conflicts_) {
      if (follows_from_another(pair)) continue;
      if (prober_.is_spent()) explanation_.whole = false;
      if (prober_.is_spent()) break;
      examine(pair);
    }
    explanation_.executions = prober_.executions() - before;
    drop_later_steps();
    sort();
    explanation_.pattern = pattern_of(recording_, explanation_.necessary);
    explanation_.sentence = cause_sentence(recording_, explanation_.necessary);
    return std::move(explanation_);
  }

 private:
  [[nodiscard]] std::size_t events() const {
    return recording_.events.size() + recording_.waiting.size();
  }
  [[nodiscard]] const RecordedEvent& event(std::size_t index) const {
    return recording_.event_or_waiting(index);
  }

  /// What tasks would have done behind the failure.
  void add_later_steps() {
    if (recording_.outcome.kind == OutcomeKind::deadlock || target_.dies()) return;
    const Recording beyond = prober_.record_beyond(program_, recording_.trace());
    for (std::size_t i = recording_.events.size(); i < beyond.events.size(); ++i) {
      if (!beyond.events[i].is_step()) continue;
      if (recording_.tasks.size() < beyond.tasks.size()) recording_.tasks = beyond.tasks;
      recording_.waiting.push_back(beyond.events[i]);
    }
  }

  /// Keeps those that are part of the explanation.
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

  /// All steps and choices and, behind them, what is waited for or comes later.
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

  /// Those of different tasks, the nearest first.
  void find_conflicts() {
    // The order of two that come later says nothing.
    for (std::size_t b = 0; b < events(); ++b) {
      for (std::size_t a = 0; a < std::min(b, recording_.events.size()); ++a) {
        if (event(a).task != event(b).task && conflict(event(a), event(b)) &&
            decides(event(a), event(b))) {
          conflicts_.push_back({a, b});
        }
      }
    }
    std::stable_sort(conflicts_.begin(), conflicts_.end(), [](const auto& p, const auto& q) {
      return p.second - p.first < q.second - q.first;
    });
  }

  /// Where `pair` is reversed, one that is known to be necessary is too.
  [[nodiscard]] bool follows_from_another(const Ordering& pair) const {
    const auto& known = explanation_.necessary;
    return std::any_of(known.begin(), known.end(), [&](const Ordering& other) {
      return event(other.first).task == event(pair.first).task &&
             event(other.second).task == event(pair.second).task && pair.first <= other.first &&
             other.second <= pair.second;
    });
  }

  /// Whether a conflict is one of the same two tasks, between two steps that are to be reversed.
  [[nodiscard]] bool is_between(const Ordering& conflict, const Ordering& pair) const {
    const auto of_the_two = [&](std::size_t i) {
      return event(i).task == event(pair.first).task || event(i).task == event(pair.second).task;
    };
    return conflict.first >= pair.first && conflict.second <= pair.second &&
           of_the_two(conflict.first) && of_the_two(conflict.second);
  }

  [[nodiscard]] Reversal reversal_of(const Ordering& pair) const {
    Reversal reversal{entry_of_[pair.first], entry_of_[pair.second], {}, {}};
    reversal.before.resize(entries_.size());
    reversal.free.resize(entries_.size());
    for (const Ordering& conflict : conflicts_) {
      const std::size_t first = entry_of_[conflict.first];
      const std::size_t second = entry_of_[conflict.second];
      if (is_between(conflict, pair)) {
        reversal.free[first].push_back(second);
        reversal.free[second].push_back(first);
      } else {
        reversal.before[second].push_back(first);
      }
    }
    return reversal;
  }

  void examine(const Ordering& pair) {
    const Reversal reversal = reversal_of(pair);
    const std::uint64_t budget = prober_.options().steps_max / kShareOfPair;
    ReversalStrategy all{entries_, reversal};
    Probe failing;
    if (target_.dies()) {
      // Behind a crash nobody can say whether they were reversed: it counts as if they were.
      failing = prober_.search(program_, all, target_, budget);
    } else {
      const auto fails = [&](const Engine& engine) {
        return target_.is(engine.outcome()) && all.is_reversed();
      };
      failing = prober_.search(program_, all, fails, budget);
    }
    if (failing.found) return;
    if (!failing.whole) {
      explanation_.whole = false;
      return;
    }
    ReversalStrategy again{entries_, reversal};
    const auto passes = [&](const Engine& engine) {
      return !engine.outcome().failed() && again.is_reversed();
    };
    const Probe passing = prober_.search(program_, again, passes, budget);
    if (passing.found) add(pair, passing.trace);
  }

  void add(const Ordering& pair, std::span<const TraceEntry> passing) {
    std::erase_if(explanation_.necessary, [&](const Ordering& other) {
      return event(other.first).task == event(pair.first).task &&
             event(other.second).task == event(pair.second).task && other.first <= pair.first &&
             pair.second <= other.second;
    });
    explanation_.necessary.push_back(pair);
    // Beside the failing execution the one is best that is the same for longest.
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
  std::vector<Ordering> conflicts_;
  Explanation explanation_;
  std::size_t passing_from_ = 0;
};

}  // namespace

Explanation explain(const Program& program, Recording& recording, Prober& prober) {
  if (!recording.outcome.failed()) return {};
  return Explaining{program, recording, prober}.run();
}

}  // namespace sim
