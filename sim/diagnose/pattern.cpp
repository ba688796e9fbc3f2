#include <sim/diagnose/pattern.hpp>

#include <algorithm>
#include <array>

namespace sim {
namespace {

/// Finds the pattern that the necessary orders of one execution match.
class PatternFinder {
 public:
  PatternFinder(const Recording& recording, std::span<const Ordering> necessary)
      : recording_(recording), necessary_(necessary) {}

  [[nodiscard]] FailurePattern find() const {
    if (necessary_.empty()) return FailurePattern::unknown;
    if (recording_.outcome.kind == OutcomeKind::deadlock) return find_deadlock();
    for (const Ordering& out : necessary_) {
      for (const Ordering& in : necessary_) {
        const FailurePattern pattern = find_pair(out, in);
        if (pattern != FailurePattern::unknown) return pattern;
      }
    }
    return necessary_.size() == 1 ? FailurePattern::order_violation : FailurePattern::unknown;
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

  [[nodiscard]] FailurePattern find_deadlock() const {
    const auto waits_to_lock = [&](const Ordering& order) {
      return order.second >= recording_.events.size() && locks(order.second);
    };
    const auto misses = [&](const Ordering& order) {
      return event(order.first).operation == OperationKind::notify &&
             begins_to_sleep(event(order.second).operation);
    };
    if (std::any_of(necessary_.begin(), necessary_.end(), misses)) {
      return FailurePattern::lost_wake_up;
    }
    const auto& waiting = recording_.waiting;
    const bool at_barrier = std::any_of(waiting.begin(), waiting.end(), [](const auto& e) {
      return row_of(e.operation).requires_state == Requirement::arrivals;
    });
    if (at_barrier) return FailurePattern::missing_arrival;
    if (std::count_if(necessary_.begin(), necessary_.end(), waits_to_lock) > 1) {
      return FailurePattern::lock_order_inversion;
    }
    return FailurePattern::unknown;
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
    const bool looks_the_same = event(out.first).bits == event(in.second).bits;
    if (!writes(in.second)) {
      return looks_the_same ? FailurePattern::aba : FailurePattern::unrepeatable_read;
    }
    if (stores(in.second)) return FailurePattern::lost_update;
    // ABA: the object was changed and changed back, so the comparison succeeds.
    const bool twice = out.second != in.first;
    const bool compares =
        row_of(event(in.second).operation).requires_state == Requirement::expected_value;
    return compares && twice ? FailurePattern::aba : FailurePattern::check_then_act;
  }

  [[nodiscard]] FailurePattern find_crossed(const Ordering& out, const Ordering& in) const {
    if (writes(out.first) || writes(in.first)) return FailurePattern::unknown;
    if (!writes(out.second) || !writes(in.second)) return FailurePattern::unknown;
    return stores(out.second) && stores(in.second) ? FailurePattern::lost_update
                                                   : FailurePattern::check_then_act;
  }

  [[nodiscard]] FailurePattern find_between_objects(const Ordering& out, const Ordering& in) const {
    // One task uses x and then y. Between them, the other task uses both, and x first.
    if (!writes(out.first) && writes(out.second)) {
      return writes(in.second) ? FailurePattern::check_then_act : FailurePattern::read_skew;
    }
    if (writes(out.first) && writes(in.second)) return FailurePattern::unordered_publication;
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
  constexpr std::array<std::string_view, 15> kNames{"",
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
                                                    "lock-order inversion",
                                                    "lost wake-up",
                                                    "missing arrival"};
  return kNames.at(static_cast<std::size_t>(pattern));
}

FailurePattern pattern_of(const Recording& recording, std::span<const Ordering> necessary) {
  return PatternFinder{recording, necessary}.find();
}

}  // namespace sim
