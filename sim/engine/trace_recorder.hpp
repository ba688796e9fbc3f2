#pragma once

// Writes the trace of the running execution: one TraceEntry for each step, choice, spawn, join and
// wake-up. The entries may lie in memory that another process shares, so that they outlive a crash;
// their number there is kept up to date with every entry. What a search must know beside the
// entries is in TraceNotes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/engine/engine_options.hpp>

namespace sim {

class TraceRecorder {
 public:
  /// Keeps options.trace_memory, if there is any. Throws UsageError if that is too small.
  explicit TraceRecorder(const EngineOptions& options);
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  /// Begins an empty trace, which has room for `steps_max` steps and choices.
  void begin(std::uint32_t steps_max);
  /// While draining: results of steps go nowhere, and nothing is recorded.
  void stop() { last_ = &scratch_; }

  /// Whether as many steps and choices were recorded as there may be.
  [[nodiscard]] bool is_full() const { return cursor_ >= step_limit_; }
  /// Requires !is_full().
  TraceEntry& append(const TraceEntry& entry) {
    *cursor_ = entry;
    TraceEntry* const added = cursor_++;
    *size_ = static_cast<std::uint64_t>(cursor_ - begin_);
    return *added;
  }
  /// Appends a step, which becomes last_step(). Requires !is_full().
  void begin_step(const TraceEntry& step) { last_ = &append(step); }
  /// Appends a spawn, join or wake-up, which counts as no step. Does nothing if memory is full.
  void append_order(const TraceEntry& order) {
    if (cursor_ == end_) return;
    append(order);
    ++step_limit_;
    ++orders_;
  }

  /// The step that is being executed, or that was executed last. An entry of no task's step before
  /// the first step.
  [[nodiscard]] TraceEntry& last_step() { return *last_; }
  [[nodiscard]] const TraceEntry& last_step() const { return *last_; }
  /// The index of last_step(). Requires that there was a step and that stop() was not called.
  [[nodiscard]] std::size_t last_index() const { return static_cast<std::size_t>(last_ - begin_); }
  [[nodiscard]] std::span<const TraceEntry> entries() const { return {begin_, cursor_}; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(cursor_ - begin_); }
  /// How many of the entries are steps or choices.
  [[nodiscard]] std::size_t steps() const { return size() - orders_; }

 private:
  TraceEntry* cursor_ = nullptr;
  TraceEntry* step_limit_ = nullptr;
  TraceEntry* last_ = &scratch_;
  TraceEntry* begin_ = nullptr;
  std::uint64_t* size_ = &own_size_;  ///< follows cursor_

  TraceEntry* end_ = nullptr;
  std::uint32_t orders_ = 0;  ///< spawns, joins and wake-ups in the trace
  TraceEntry scratch_{};      ///< takes the results of steps that are not recorded
  std::vector<TraceEntry> own_entries_;
  std::uint64_t own_size_ = 0;
};

}  // namespace sim
