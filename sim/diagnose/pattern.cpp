#include <sim/diagnose/pattern.hpp>

#include <algorithm>
#include <cstddef>

namespace sim {
namespace {

/// What the necessary orders of one execution have in common.
class Pattern {
 public:
  Pattern(const Recording& recording, std::span<const Ordering> necessary)
      : recording_(recording), necessary_(necessary) {}

  [[nodiscard]] std::string name() const {
    if (necessary_.empty()) return {};
    if (recording_.outcome.kind == OutcomeKind::deadlock) return name_of_deadlock();
    for (const Ordering& out : necessary_) {
      for (const Ordering& in : necessary_) {
        if (const std::string name = name_of(out, in); !name.empty()) return name;
      }
    }
    return necessary_.size() == 1 ? "order violation" : "";
  }

 private:
  [[nodiscard]] const RecordedEvent& event(std::size_t i) const {
    return recording_.event_or_waiting(i);
  }
  [[nodiscard]] std::size_t task(std::size_t i) const { return event(i).task; }
  [[nodiscard]] ObjectId object(std::size_t i) const { return event(i).object; }
  [[nodiscard]] bool writes(std::size_t i) const { return event(i).entry().is_write(); }

  [[nodiscard]] std::string name_of_deadlock() const {
    const auto waits_for_lock = [&](const Ordering& order) {
      const bool waits = order.second >= recording_.events.size();
      return waits && (event(order.second).operation == OperationKind::lock ||
                       event(order.second).operation == OperationKind::lock_shared);
    };
    const auto missed = [&](const Ordering& order) {
      const OperationKind second = event(order.second).operation;
      return event(order.first).operation == OperationKind::notify &&
             (second == OperationKind::wait || second == OperationKind::wait_value);
    };
    if (std::any_of(necessary_.begin(), necessary_.end(), missed)) return "lost wake-up";
    const auto& waiting = recording_.waiting;
    const bool at_barrier = std::any_of(waiting.begin(), waiting.end(), [](const auto& e) {
      return e.operation == OperationKind::await;
    });
    if (at_barrier) return "missing arrival";
    if (std::count_if(necessary_.begin(), necessary_.end(), waits_for_lock) > 1) {
      return "lock-order inversion";
    }
    return {};
  }

  /// Of one order out of a task, the first step's, and one back into it.
  [[nodiscard]] std::string name_of(const Ordering& out, const Ordering& in) const {
    const std::size_t one = task(out.first);
    const std::size_t other = task(out.second);
    if (task(in.second) != one || task(in.first) != other) return {};
    if (out.first > in.second) return {};
    const bool same_object = object(out.first) == object(in.second) &&
                             object(out.second) == object(in.first) &&
                             object(out.first) == object(out.second);
    // The other task's steps are between two of this one's, or these two cross.
    const bool between = out.second <= in.first;
    if (same_object) return between ? name_between(out, in) : name_crossed(out, in);
    if (object(out.first) == object(in.second)) return {};
    return between ? name_between_objects(out, in) : name_crossed_objects(out, in);
  }

  [[nodiscard]] bool is_lock(std::size_t i) const {
    const OperationKind kind = event(i).operation;
    return kind == OperationKind::lock || kind == OperationKind::lock_shared;
  }

  [[nodiscard]] std::string name_between(const Ordering& out, const Ordering& in) const {
    // Another critical section comes between two of one task that belong together.
    if (is_lock(out.first) && is_lock(in.second)) return "atomicity violation";
    if (writes(out.first)) return writes(in.second) ? "intermediate read" : "atomicity violation";
    const bool looks_the_same = event(out.first).bits == event(in.second).bits;
    if (!writes(in.second)) return looks_the_same ? "ABA" : "unrepeatable read";
    const OperationKind act = event(in.second).operation;
    if (act == OperationKind::store) return "lost update";
    // It was changed, and changed back.
    const bool twice = out.second != in.first;
    return act == OperationKind::compare_exchange && twice ? "ABA" : "check-then-act";
  }

  [[nodiscard]] std::string name_crossed(const Ordering& out, const Ordering& in) const {
    if (writes(out.first) || writes(in.first)) return {};
    if (!writes(out.second) || !writes(in.second)) return {};
    const bool stores = event(out.second).operation == OperationKind::store &&
                        event(in.second).operation == OperationKind::store;
    return stores ? "lost update" : "check-then-act";
  }

  [[nodiscard]] std::string name_between_objects(const Ordering& out, const Ordering& in) const {
    // One reads or writes x, then y; the other comes between, with x first.
    if (!writes(out.first) && writes(out.second)) {
      return writes(in.second) ? "check-then-act" : "read skew";
    }
    if (writes(out.first) && writes(in.second)) return "unordered publication";
    return "atomicity violation";
  }

  [[nodiscard]] std::string name_crossed_objects(const Ordering& out, const Ordering& in) const {
    const bool reads_first = !writes(out.first) && !writes(in.first);
    return reads_first && writes(out.second) && writes(in.second) ? "write skew" : "";
  }

  const Recording& recording_;
  std::span<const Ordering> necessary_;
};

}  // namespace

std::string pattern_of(const Recording& recording, std::span<const Ordering> necessary) {
  return Pattern{recording, necessary}.name();
}

}  // namespace sim
