#include <sim/engine/trace_recorder.hpp>

#include <sim/engine/usage_error.hpp>

namespace sim {

TraceRecorder::TraceRecorder(const EngineOptions& options) {
  std::span<TraceEntry> memory = options.trace_memory.entries;
  if (memory.empty()) {
    own_entries_.resize(options.trace_entries());
    memory = own_entries_;
  }
  if (memory.size() < options.trace_entries()) {
    throw UsageError("EngineOptions::trace_memory is smaller than trace_entries()");
  }
  if (options.trace_memory.size != nullptr) size_ = options.trace_memory.size;
  begin_ = memory.data();
  end_ = begin_ + memory.size();
  cursor_ = begin_;
}

void TraceRecorder::begin(std::uint32_t steps_max) {
  cursor_ = begin_;
  *size_ = 0;
  step_limit_ = begin_ + steps_max;
  orders_ = 0;
  scratch_ = TraceEntry{};
  last_ = &scratch_;
}

}  // namespace sim
