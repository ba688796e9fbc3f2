#pragma once

#include <cstddef>

namespace sim {

/// Memory that this process shares with those it forks, zero at first. Mapped as it is used.
class SharedMemory {
 public:
  /// Throws std::bad_alloc where the system gives none.
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
