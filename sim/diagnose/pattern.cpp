#include <sim/diagnose/pattern.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include <sim/diagnose/deadlock_pattern.hpp>
#include <sim/diagnose/double_check.hpp>

namespace sim {
namespace {

/// Finds the pattern that the necessary orders of one execution match.
class PatternFinder {
 public:
  PatternFinder(const Recording& recording, std::span<const Ordering> necessary)
      : recording_(recording), necessary_(necessary) {}

  [[nodiscard]] FailurePattern find() const {
    if (necessary_.empty()) return FailurePattern::unknown;
    const auto any = [&](const auto& matches) {
      return std::any_of(necessary_.begin(), necessary_.end(), matches);
    };
    if (any([&](const Ordering& order) { return is_time_out_race(order); })) {
      return FailurePattern::time_out_race;
    }
    if (any([&](const Ordering& order) { return restores_before(order); })) {
      return FailurePattern::aba;
    }
    const bool deadlock = recording_.outcome.kind == OutcomeKind::deadlock;
    for (const Ordering& out : necessary_) {
      for (const Ordering& in : necessary_) {
        FailurePattern pattern = find_aba(out, in);
        if (pattern == FailurePattern::unknown && !deadlock) pattern = find_pair(out, in);
        if (pattern != FailurePattern::unknown) return pattern;
      }
    }
    return necessary_.size() == 1 && !deadlock ? FailurePattern::order_violation
                                               : FailurePattern::unknown;
  }

 private:
  [[nodiscard]] const RecordedEvent& event(std::size_t i) const {
    return recording_.event_or_waiting(i);
  }
  [[nodiscard]] std::size_t task(std::size_t i) const { return event(i).task; }
  [[nodiscard]] ObjectId object(std::size_t i) const { return event(i).object; }
  [[nodiscard]] bool writes(std::size_t i) const { return event(i).entry().is_write(); }
  /// Whether the step writes a value that does not depend on the one before.
  [[nodiscard]] bool stores(std::size_t i) const {
    return row_of(event(i).operation).synchronization == Synchronization::atomic_store;
  }
  [[nodiscard]] bool locks(std::size_t i) const { return waits_for_lock(event(i).operation); }

  /// Whether the step reads the object and does nothing else. A failed compare_exchange, or a look
  /// before a sleep, is made to notice changes.
  [[nodiscard]] bool loads(std::size_t i) const {
    return event(i).operation == OperationKind::load;
  }
  /// Whether the step is a compare_exchange that found the value that it expected.
  [[nodiscard]] bool compares(std::size_t i) const {
    return row_of(event(i).operation).requires_state == Requirement::expected_value &&
           !event(i).failed;
  }

  /// Whether a timed operation ends at its deadline before a step of another task on its object.
  [[nodiscard]] bool is_time_out_race(const Ordering& order) const {
    const RecordedEvent& first = event(order.first);
    if (!may_time_out(first.operation) || first.object != event(order.second).object) return false;
    return first.operation == OperationKind::end_wait_until ? !first.entry().was_notified()
                                                            : first.failed;
  }

  /// The last step before `i` that accesses its object and is of the same task or, with `others`,
  /// that writes it and is of another task; empty if no such step exists.
  [[nodiscard]] std::optional<std::size_t> last_access(std::size_t i, bool others) const {
    for (std::size_t at = std::min(i, recording_.events.size()); at-- > 0;) {
      const RecordedEvent& e = event(at);
      if (!e.is_step() || e.object != object(i)) continue;
      if (others ? e.task != task(i) && writes(at) : e.task == task(i)) return at;
    }
    return std::nullopt;
  }

  /// ABA in which a write leaves the value as it is: a compare_exchange must come after a write
  /// that found the value that the task knows and stored it again.
  [[nodiscard]] bool restores_before(const Ordering& order) const {
    if (order.second >= recording_.events.size() || object(order.first) != object(order.second)) {
      return false;
    }
    if (!writes(order.first) || !compares(order.second)) return false;
    const std::optional<std::size_t> known = last_access(order.second, false);
    if (!known || *known > order.first || event(*known).bits != event(order.first).bits) {
      return false;
    }
    const std::optional<std::size_t> written = last_access(order.second, true);
    return written == order.first && value_before(order.first) == event(order.first).bits;
  }

  /// The value that the step found; empty if no step before it accesses the object.
  [[nodiscard]] std::optional<std::uint64_t> value_before(std::size_t i) const {
    for (std::size_t at = i; at-- > 0;) {
      const RecordedEvent& e = event(at);
      if (e.is_step() && e.object == object(i)) return e.bits;
    }
    return std::nullopt;
  }

  /// ABA: after a task has seen a value, others change it and change it back, and the task takes it
  /// for unchanged.
  [[nodiscard]] FailurePattern find_aba(const Ordering& out, const Ordering& in) const {
    constexpr FailurePattern kNo = FailurePattern::unknown;
    const std::size_t i = in.second;
    if (task(out.first) != task(i) || i >= recording_.events.size()) return kNo;
    if (object(out.first) != object(i) || object(out.second) != object(i)) return kNo;
    if (object(in.first) != object(i) || out.second >= in.first) return kNo;
    const bool is_value = row_of(event(i).operation).synchronization == Synchronization::atomic;
    if (!is_value || !writes(out.second) || !writes(in.first) || stores(out.first)) return kNo;
    const bool looks = !writes(i) && !event(i).failed;
    if (!looks && !compares(i)) return kNo;
    return event(out.first).bits == value_before(i) ? FailurePattern::aba : kNo;
  }

  /// The pattern of two orders: one from a step of a task to another task, and one back.
  [[nodiscard]] FailurePattern find_pair(const Ordering& out, const Ordering& in) const {
    const std::size_t one = task(out.first);
    const std::size_t other = task(out.second);
    if (task(in.second) != one || task(in.first) != other) return FailurePattern::unknown;
    if (out.first > in.second) return FailurePattern::unknown;
    const bool same_object = object(out.first) == object(in.second) &&
                             object(out.second) == object(in.first) &&
                             object(out.first) == object(out.second);
    // The other task's steps are between two of this task's steps, or the two orders cross.
    const bool between = out.second <= in.first;
    if (same_object) return between ? find_between(out, in) : find_crossed(out, in);
    if (object(out.first) == object(in.second)) return FailurePattern::unknown;
    return between ? find_between_objects(out, in) : find_crossed_objects(out, in);
  }

  [[nodiscard]] FailurePattern find_between(const Ordering& out, const Ordering& in) const {
    // A critical section of another task comes between two of one task that belong together.
    if (locks(out.first) && locks(in.second)) return FailurePattern::atomicity_violation;
    if (writes(out.first)) {
      return writes(in.second) ? FailurePattern::intermediate_read
                               : FailurePattern::atomicity_violation;
    }
    if (!writes(in.second)) {
      const bool reads_twice = loads(out.first) && loads(in.second);
      const bool differs = event(out.first).bits != event(in.second).bits;
      // If the failure needs other orders too, the task may look again on purpose, as in a loop.
      const bool alone = necessary_.size() <= 2;
      return reads_twice && differs && alone ? FailurePattern::unrepeatable_read
                                             : FailurePattern::unknown;
    }
    if (stores(in.second)) return lost_update(out, in);
    return FailurePattern::check_then_act;
  }

  /// Two tasks store what they computed from an old value. If the value was one of an object that
  /// is made when it is first used, the second look under the lock is missing.
  [[nodiscard]] FailurePattern lost_update(const Ordering& out, const Ordering& in) const {
    const bool once = lacks_second_check(recording_, task(in.second), object(in.second)) &&
                      lacks_second_check(recording_, task(out.second), object(in.second));
    return once ? FailurePattern::double_checked_initialization : FailurePattern::lost_update;
  }

  [[nodiscard]] FailurePattern find_crossed(const Ordering& out, const Ordering& in) const {
    const bool changes_first = writes(out.first) && writes(in.first);
    if (changes_first && !stores(out.first) && !stores(in.first)) {
      // Each task changes the object and looks at it again, after the other one has changed it too.
      const bool looks_again = loads(out.second) && loads(in.second);
      return looks_again ? FailurePattern::atomicity_violation : FailurePattern::unknown;
    }
    if (writes(out.first) || writes(in.first)) return FailurePattern::unknown;
    if (!writes(out.second) || !writes(in.second)) return FailurePattern::unknown;
    return stores(out.second) && stores(in.second) ? lost_update(out, in)
                                                   : FailurePattern::check_then_act;
  }

  [[nodiscard]] FailurePattern find_between_objects(const Ordering& out, const Ordering& in) const {
    // One task uses x and then y. Between them, the other task uses both, and x first.
    if (!writes(out.first) && writes(out.second)) {
      return writes(in.second) ? FailurePattern::check_then_act : FailurePattern::read_skew;
    }
    if (writes(out.first) && writes(in.second)) {
      return checks_twice(recording_, task(out.first), object(out.first))
                 ? FailurePattern::double_checked_initialization
                 : FailurePattern::unordered_publication;
    }
    return FailurePattern::atomicity_violation;
  }

  [[nodiscard]] FailurePattern find_crossed_objects(const Ordering& out, const Ordering& in) const {
    const bool reads_first = !writes(out.first) && !writes(in.first);
    const bool then_write = writes(out.second) && writes(in.second);
    return reads_first && then_write ? FailurePattern::write_skew : FailurePattern::unknown;
  }

  const Recording& recording_;
  std::span<const Ordering> necessary_;
};

}  // namespace

std::string_view to_string(FailurePattern pattern) {
  constexpr std::array<std::string_view, 22> kNames{"",
                                                    "data race",
                                                    "lost update",
                                                    "check-then-act",
                                                    "ABA",
                                                    "atomicity violation",
                                                    "intermediate read",
                                                    "unrepeatable read",
                                                    "read skew",
                                                    "write skew",
                                                    "unordered publication",
                                                    "order violation",
                                                    "broken double-checked initialization",
                                                    "time-out race",
                                                    "lock-order cycle",
                                                    "self-deadlock",
                                                    "reader-writer deadlock",
                                                    "lost wake-up",
                                                    "stuck barrier",
                                                    "livelock",
                                                    "use after destruction",
                                                    "double free"};
  return kNames.at(static_cast<std::size_t>(pattern));
}

FailurePattern pattern_of(const Recording& recording, std::span<const Ordering> necessary,
                          bool passes_if_woken) {
  if (recording.outcome.kind == OutcomeKind::step_bound) return FailurePattern::livelock;
  if (const auto* const use = recording.outcome.as<UseAfterDestruction>()) {
    const auto* const operation = std::get_if<WaitsToExecute>(&use->use);
    const bool destroys = operation != nullptr && operation->operation == OperationKind::destroy;
    return destroys ? FailurePattern::double_free : FailurePattern::use_after_destruction;
  }
  if (recording.outcome.kind == OutcomeKind::data_race) return data_race_pattern(recording);
  const FailurePattern deadlock = deadlock_pattern(recording, necessary, passes_if_woken);
  if (deadlock != FailurePattern::unknown) return deadlock;
  return PatternFinder{recording, necessary}.find();
}

}  // namespace sim
