#include <sim/diagnose/conflict_pairs.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <sim/diagnose/explanation.hpp>
#include <sim/memory/conflict.hpp>

namespace sim {
namespace {

bool begins_section(const RecordedEvent& event) {
  const Synchronization does = row_of(event.operation).synchronization;
  return !event.failed && !event.entry().only_queues() &&
         (does == Synchronization::lock || does == Synchronization::lock_shared);
}

/// The mutex that a step releases; empty if it releases none.
std::optional<ObjectId> released_by(const RecordedEvent& event) {
  if (event.failed) return std::nullopt;
  if (unlocks(event.operation)) return event.object;
  const bool waits = row_of(event.operation).also_writes == AlsoWrites::released_mutex;
  return waits ? std::optional{event.entry().released_mutex()} : std::nullopt;
}

class PairFinder {
 public:
  explicit PairFinder(const Recording& recording)
      : recording_(recording),
        events_(recording.events.size() + recording.waiting.size()),
        made_(recording.events.size()) {}

  [[nodiscard]] std::vector<Ordering> all() const {
    std::vector<Ordering> pairs;
    for (std::size_t a = 0; a < made_; ++a) {
      for (std::size_t b = a + 1; b < events_; ++b) {
        if (are_in_conflict(a, b)) pairs.push_back({a, b});
      }
    }
    return pairs;
  }

  [[nodiscard]] std::vector<Ordering> nearest() {
    std::set<std::pair<std::size_t, std::size_t>> found;
    for (std::size_t i = 0; i < events_; ++i) {
      if (!event(i).is_step()) continue;
      for (const std::size_t a : candidates(i)) found.emplace(a, i);
      if (i < made_) note(i);
    }
    last_.clear();
    for (std::size_t i = made_; i-- > 0;) {
      if (!event(i).is_step()) continue;
      for (const std::size_t b : candidates(i)) found.emplace(i, b);
      note(i);
    }
    std::vector<Ordering> pairs;
    for (const auto& [a, b] : found) pairs.push_back({a, b});
    return pairs;
  }

 private:
  /// What a step does to an object, as far as it matters for conflicts and for decides().
  enum Class : std::uint8_t { reads, writes, locks, releases };
  static constexpr std::size_t kClasses = 4;
  /// For one object and each task: the last noted step of each class, plus one; 0 if none.
  using Last = std::vector<std::array<std::size_t, kClasses>>;

  [[nodiscard]] const RecordedEvent& event(std::size_t i) const {
    return recording_.event_or_waiting(i);
  }
  [[nodiscard]] bool are_in_conflict(std::size_t a, std::size_t b) const {
    return event(a).task != event(b).task && conflicts(event(a).entry(), event(b).entry()) &&
           decides(event(a).operation, event(b).operation);
  }

  [[nodiscard]] static Class class_of(const RecordedEvent& event, bool writes_it) {
    if (waits_for_lock(event.operation)) return locks;
    if (unlocks(event.operation) ||
        row_of(event.operation).also_writes == AlsoWrites::released_mutex) {
      return releases;
    }
    return writes_it ? writes : reads;
  }

  template <class Visit>
  void for_each_object(const RecordedEvent& step, const Visit& visit) {
    const Footprint touches = footprint(step.entry());
    visit(last_[touches.object], class_of(step, touches.writes));
    if (touches.also_writes) visit(last_[*touches.also_writes], class_of(step, true));
  }

  void note(std::size_t i) {
    const std::size_t task = event(i).task;
    for_each_object(event(i), [&](Last& last, Class what) {
      if (last.size() <= task) last.resize(task + 1);
      last[task][what] = i + 1;
    });
  }

  /// For each other task, the nearest noted step that conflicts with step `i`.
  std::vector<std::size_t> candidates(std::size_t i) {
    std::map<std::size_t, std::size_t> nearest;  // by task
    for_each_object(event(i), [&](const Last& last, Class /*what*/) {
      for (std::size_t task = 0; task < last.size(); ++task) {
        for (const std::size_t noted : last[task]) {
          if (noted == 0) continue;
          const std::size_t other = noted - 1;
          const bool before = other < i;
          if (!(before ? are_in_conflict(other, i) : are_in_conflict(i, other))) continue;
          const auto [at, is_new] = nearest.emplace(task, other);
          if (!is_new)
            at->second = before ? std::max(at->second, other) : std::min(at->second, other);
        }
      }
    });
    std::vector<std::size_t> all;
    for (const auto& [task, other] : nearest) all.push_back(other);
    return all;
  }

  const Recording& recording_;
  std::size_t events_;
  std::size_t made_;
  std::map<ObjectId, Last> last_;
};

}  // namespace

CriticalSections::CriticalSections(const Recording& recording) : around_(recording.events.size()) {
  std::vector<std::vector<std::size_t>> open(recording.tasks.size());
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    const RecordedEvent& event = recording.events[i];
    std::vector<std::size_t>& held = open[event.task];
    if (event.is_step() && begins_section(event)) {
      const bool shared = row_of(event.operation).synchronization == Synchronization::lock_shared;
      held.push_back(sections_.size());
      sections_.push_back({event.object, shared, i, recording.events.size() - 1});
    }
    around_[i] = held;
    if (!event.is_step()) continue;
    const std::optional<ObjectId> released = released_by(event);
    const auto ended = std::find_if(held.rbegin(), held.rend(), [&](std::size_t section) {
      return released == sections_[section].mutex;
    });
    if (ended == held.rend()) continue;
    sections_[*ended].end = i;
    held.erase(std::next(ended).base());
  }
}

std::optional<SeparatedSections> CriticalSections::around(const Ordering& pair) const {
  std::optional<SeparatedSections> widest;
  Ordering at = pair;
  for (bool wider = pair.second < around_.size(); wider;) {
    wider = false;
    for (const std::size_t i : around_[at.first]) {
      for (const std::size_t j : around_[at.second]) {
        const CriticalSection& one = sections_[i];
        const CriticalSection& other = sections_[j];
        if (one.mutex != other.mutex || (one.shared && other.shared)) continue;
        if (one.end >= other.begin) continue;
        if (widest && one.begin >= widest->locks.first && other.end <= widest->end) continue;
        if (!widest) widest = {{one.begin, other.begin}, one.end, other.end};
        if (one.begin < widest->locks.first) widest->locks = {one.begin, other.begin};
        widest->first_end = std::max(widest->first_end, one.end);
        widest->end = std::max(widest->end, other.end);
        at = {widest->locks.first, widest->end};
        wider = true;
        break;
      }
      if (wider) break;
    }
  }
  return widest;
}

std::vector<Ordering> conflicting_pairs(const Recording& recording, std::size_t all_pairs_of) {
  PairFinder finder{recording};
  const std::size_t events = recording.events.size() + recording.waiting.size();
  return events <= all_pairs_of ? finder.all() : finder.nearest();
}

}  // namespace sim
