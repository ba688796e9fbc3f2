#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sim/operation.hpp>
#include <sim/task_set.hpp>

namespace sim {

/// One record of a trace: a step (a visible operation that was executed), a choice that was not
/// "which task", or a spawn or join, which order the steps around them.
struct TraceEntry {
  TaskId task;
  OperationKind kind;
  bool failed;  ///< a compare_exchange or try_lock that changed nothing
  std::uint8_t unused = 0;
  ObjectId object;      ///< of a choice: how many alternatives it had
  std::uint64_t value;  ///< the result of the step as bits; of a choice: the index taken; of a
                        ///< spawn or join: the other task

  [[nodiscard]] bool is_step() const { return kind < OperationKind::join; }
  [[nodiscard]] bool is_write() const {
    return is_step() && kind != OperationKind::load && !failed;
  }
  friend bool operator==(const TraceEntry&, const TraceEntry&) = default;
};
static_assert(sizeof(TraceEntry) == 16);

/// What happened in one execution, in order. A view: valid until the engine runs again.
class Trace {
 public:
  Trace() = default;
  explicit Trace(std::span<const TraceEntry> entries) : entries_(entries) {}

  [[nodiscard]] std::span<const TraceEntry> entries() const { return entries_; }
  [[nodiscard]] std::size_t steps() const;
  /// Two executions with the same digest did the same steps with the same results.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  std::span<const TraceEntry> entries_;
};

/// Mixes one more word into a running 64-bit hash. The same on every machine.
constexpr std::uint64_t hash_step(std::uint64_t hash, std::uint64_t word) {
  hash ^= word + 0x9E3779B97F4A7C15ULL + (hash << 6U) + (hash >> 2U);
  hash *= 0xBF58476D1CE4E5B9ULL;
  return hash ^ (hash >> 29U);
}

}  // namespace sim
