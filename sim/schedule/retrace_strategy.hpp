#pragma once

// Repeats an execution whose trace is known: to record it, and to check whether the program is
// deterministic. A trace identifies tasks and objects by numbers, a schedule by names; so a trace
// can be repeated only by the build that it comes from.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <sim/base/name_table.hpp>

#include <sim/engine/strategy.hpp>

namespace sim {

/// What a trace entry is about, for a message: "task 1: store counter".
std::string entry_text(const TraceEntry& entry, const NameTable& names);

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
    if (next_ == entries_.size()) return refuse(point, nullptr);
    const TraceEntry& entry = entries_[next_++];
    if (point.kind != ChoiceKind::schedule) {
      const bool same = entry.is_choice() && entry.alternatives() == point.alternatives;
      return same ? entry.chosen_index() : refuse(point, &entry);
    }
    const std::optional<std::uint32_t> index = point.index_of_task(entry.task);
    if (!entry.is_step() || !index) return refuse(point, &entry);
    const Operation& pending = point.pending[index_of(entry.task)];
    const bool same = pending.kind == entry.kind && pending.object == entry.object;
    return same ? *index : refuse(point, &entry);
  }

  /// If choose() has refused: the entry that was expected, and what the program offered instead, in
  /// words.
  struct Difference {
    std::string expected;
    std::string got;
  };
  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }

 private:
  /// `expected` is null at the end of the trace.
  std::uint32_t refuse(const ChoicePoint& point, const TraceEntry* expected);
  void skip_order() {
    while (next_ < entries_.size() && entries_[next_].is_order()) ++next_;
  }

  std::span<const TraceEntry> entries_;
  std::size_t next_ = 0;
  std::optional<Difference> difference_;
  bool started_ = false;
};

}  // namespace sim
