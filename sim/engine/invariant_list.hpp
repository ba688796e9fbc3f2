#pragma once

// The invariants that are in force, and the last step that they were checked after. The engine
// checks them when the task that made a step has come to its next scheduling point or to its end.

#include <utility>
#include <vector>

#include <sim/base/trace.hpp>

namespace sim {

class Invariant;

class InvariantList {
 public:
  /// Begins an execution without invariants. `none` stands for the step before the first.
  void begin(const TraceEntry& none) {
    invariants_.clear();
    checked_ = &none;
    has_open_ = false;
  }
  /// `open`: it names no objects, so it is checked after every step.
  void add(const Invariant& invariant, bool open) {
    invariants_.push_back(&invariant);
    has_open_ |= open;
  }
  void remove(const Invariant& invariant) { std::erase(invariants_, &invariant); }
  /// The invariants in force, in the order in which they were made.
  [[nodiscard]] const std::vector<const Invariant*>& all() const { return invariants_; }
  /// Whether an invariant of the execution names no objects.
  [[nodiscard]] bool has_open() const { return has_open_; }

  /// Whether invariants have yet to be checked after `step`.
  [[nodiscard]] bool are_due_after(const TraceEntry& step) const { return checked_ != &step; }
  /// Notes that they are checked after `step`. Returns whether that was due.
  bool begin_check(const TraceEntry& step) { return std::exchange(checked_, &step) != &step; }

 private:
  std::vector<const Invariant*> invariants_;
  const TraceEntry* checked_ = nullptr;
  bool has_open_ = false;
};

}  // namespace sim
