#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <sim/engine/strategy.hpp>

namespace sim {

/// Repeats the choices of a trace, to see whether the same things happen again. One execution; ends
/// where the trace ends, as the traced execution did.
class RetraceStrategy final : public Strategy {
 public:
  /// `entries` are kept.
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
    if (!point.enabled.contains(entry.task)) return kRefuse;
    const Operation& pending = point.pending[index_of(entry.task)];
    const bool same = pending.kind == entry.kind && pending.object == entry.object;
    return same ? point.enabled.rank(entry.task) : kRefuse;
  }

  /// The first entry, from 0, in which `again` differs from the trace; empty where `again` is the
  /// same, or a beginning of it that was cut at its failure.
  [[nodiscard]] std::optional<std::size_t> first_difference(const Trace& again, bool cut) const {
    const auto other = again.entries();
    const auto [mine, theirs] =
        std::mismatch(entries_.begin(), entries_.end(), other.begin(), other.end());
    if (theirs == other.end() && (cut || mine == entries_.end())) return std::nullopt;
    return static_cast<std::size_t>(theirs - other.begin());
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
