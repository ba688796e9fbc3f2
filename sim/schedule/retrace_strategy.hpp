#pragma once

// Repeats an execution whose trace is known: to record it, and to check whether the program is
// deterministic. A trace identifies tasks and objects by numbers, a schedule by names; so a trace
// can be repeated only by the build that it comes from.

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <sim/engine/strategy.hpp>

namespace sim {

/// Runs one execution with the choices of a trace. choose() returns kRefuse if the program does not
/// offer the next entry of the trace, and at the end of the trace.
class RetraceStrategy final : public Strategy {
 public:
  /// `entries` must outlive the strategy.
  explicit RetraceStrategy(std::span<const TraceEntry> entries) : entries_(entries) {}

  SearchStatus begin_execution() override {
    return std::exchange(started_, true) ? SearchStatus::limit : SearchStatus::running;
  }

  std::uint32_t choose(const ChoicePoint& point) override {
    skip_order();
    if (next_ == entries_.size()) return kRefuse;
    const TraceEntry& entry = entries_[next_++];
    if (point.kind != ChoiceKind::schedule) {
      const bool same = entry.is_choice() && entry.alternatives() == point.alternatives;
      return same ? entry.chosen_index() : kRefuse;
    }
    const std::optional<std::uint32_t> index = point.index_of_task(entry.task);
    if (!index) return kRefuse;
    const Operation& pending = point.pending[index_of(entry.task)];
    const bool same = pending.kind == entry.kind && pending.object == entry.object;
    return same ? *index : kRefuse;
  }

 private:
  void skip_order() {
    while (next_ < entries_.size() && entries_[next_].is_order()) ++next_;
  }

  std::span<const TraceEntry> entries_;
  std::size_t next_ = 0;
  bool started_ = false;
};

}  // namespace sim
