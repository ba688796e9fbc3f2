#pragma once

// Writes the trace of the running execution: one TraceEntry for each step, choice, spawn, join and
// wake-up. The entries may lie in memory that another process shares, so that they outlive a crash;
// the number of entries there is updated with every entry. TraceNotes has the data that a search
// needs in addition to the entries.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sim/base/trace.hpp>
#include <sim/engine/engine_options.hpp>

namespace sim {

class TraceRecorder {
 public:
  /// Uses options.trace_memory, if there is any, which must outlive the recorder. Throws UsageError
  /// if that is too small.
  explicit TraceRecorder(const EngineOptions& options);
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  /// Begins a new trace of at most `steps_max` steps and choices.
  void begin(std::uint32_t steps_max);
  /// Called before draining: ends the recording. The results of further steps are discarded.
  void stop() { last_ = &scratch_; }

  /// Whether the maximum number of steps and choices has been recorded.
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
  /// Appends a spawn, join or wake-up, which does not count as a step, as long as there is memory.
  /// If the memory is full, the trace lacks it, and is_full() is true from then on.
  void append_order(const TraceEntry& order) {
    if (cursor_ == end_) return;
    append(order);
    if (step_limit_ != end_) ++step_limit_;
    ++orders_;
  }

  /// The step that is being executed, or that was executed last. Before the first step, an entry
  /// that is not part of the trace.
  [[nodiscard]] TraceEntry& last_step() { return *last_; }
  [[nodiscard]] const TraceEntry& last_step() const { return *last_; }
  /// The index of last_step(). Requires that there was a step and that stop() was not called.
  [[nodiscard]] std::size_t last_index() const { return static_cast<std::size_t>(last_ - begin_); }
  [[nodiscard]] std::span<const TraceEntry> entries() const { return {begin_, cursor_}; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(cursor_ - begin_); }
  /// Number of entries that are steps or choices.
  [[nodiscard]] std::size_t steps() const { return size() - orders_; }

 private:
  TraceEntry* cursor_ = nullptr;
  TraceEntry* step_limit_ = nullptr;
  TraceEntry* last_ = &scratch_;
  TraceEntry* begin_ = nullptr;
  std::uint64_t* size_ = &own_size_;  ///< updated together with cursor_

  TraceEntry* end_ = nullptr;
  std::uint32_t orders_ = 0;  ///< spawns, joins and wake-ups in the trace
  TraceEntry scratch_{};      ///< takes the results of steps that are not recorded
  std::vector<TraceEntry> own_entries_;
  std::uint64_t own_size_ = 0;
};

}  // namespace sim
