#pragma once

// Memory for values that a process and its children exchange without messages: progress counters,
// traces, event logs.

#include <cstddef>

namespace sim {

/// Memory that this process shares with the processes that it forks. Its bytes are zero at first. A
/// page takes physical memory only after it was written.
class SharedMemory {
 public:
  /// Throws std::bad_alloc if the system has no more memory.
  explicit SharedMemory(std::size_t bytes);
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::byte* data_;
  std::size_t bytes_;
};

}  // namespace sim
