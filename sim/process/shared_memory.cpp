#include <sim/process/shared_memory.hpp>

#include <sys/mman.h>

#include <new>

namespace sim {

SharedMemory::SharedMemory(std::size_t bytes) : bytes_(bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(memory);
}

SharedMemory::~SharedMemory() {
  ::munmap(data_, bytes_);
}

}  // namespace sim
