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

FiberStack::FiberStack(std::size_t bytes, std::size_t unused) {
  const std::size_t page = page_bytes();
  mapped_bytes_ = (bytes + page - 1) / page * page + page;
  void* const memory = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  bottom_ = static_cast<std::byte*>(memory) + page;
  top_ = static_cast<std::byte*>(memory) + mapped_bytes_ - unused;
  if (::mprotect(memory, page, PROT_NONE) != 0) {
    ::munmap(memory, mapped_bytes_);
    throw std::bad_alloc();
  }
}

FiberStack::~FiberStack() {
  ::munmap(bottom_ - page_bytes(), mapped_bytes_);
}

bool FiberStack::guards(const void* address) const {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto end = reinterpret_cast<std::uintptr_t>(bottom_);
  return at < end && at >= end - page_bytes();
}

ExceptionState* thread_exception_state() {
  // Asked for in each execution; the runtime's answer goes through two libraries.
  static constinit thread_local ExceptionState* state = nullptr;
  if (state == nullptr) [[unlikely]]
    state = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  return state;
}

}  // namespace sim
