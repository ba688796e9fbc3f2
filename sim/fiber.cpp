#include <sim/fiber.hpp>

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace sim {
namespace {

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

FiberStack::FiberStack(std::size_t bytes) {
  const std::size_t page = page_bytes();
  bytes_ = (bytes + page - 1) / page * page;
  void* const memory = ::mmap(nullptr, bytes_ + page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  bottom_ = static_cast<std::byte*>(memory) + page;
  if (::mprotect(memory, page, PROT_NONE) != 0) {
    ::munmap(memory, bytes_ + page);
    throw std::bad_alloc();
  }
}

FiberStack::~FiberStack() {
  ::munmap(bottom_ - page_bytes(), bytes_ + page_bytes());
}

bool FiberStack::guards(const void* address) const {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto end = reinterpret_cast<std::uintptr_t>(bottom_);
  return at < end && at >= end - page_bytes();
}

ExceptionState* thread_exception_state() {
  return reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

}  // namespace sim
