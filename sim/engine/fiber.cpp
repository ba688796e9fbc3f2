#include <sim/engine/fiber.hpp>

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace sim {
namespace {

/// A function whose local variables take fewer bytes than this cannot jump over the guard pages.
constexpr std::size_t kGuardBytes = std::size_t{64} * 1024;

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

FiberStack::FiberStack(std::size_t bytes, std::size_t unused) {
  const std::size_t guard = whole_pages(kGuardBytes);
  mapped_bytes_ = whole_pages(bytes) + guard;
  void* const memory = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  bottom_ = static_cast<std::byte*>(memory) + guard;
  top_ = static_cast<std::byte*>(memory) + mapped_bytes_ - unused;
  if (::mprotect(memory, guard, PROT_NONE) != 0) {
    ::munmap(memory, mapped_bytes_);
    throw std::bad_alloc();
  }
}

FiberStack::~FiberStack() {
  ::munmap(bottom_ - whole_pages(kGuardBytes), mapped_bytes_);
}

bool FiberStack::guards(const void* address) const {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const auto end = reinterpret_cast<std::uintptr_t>(bottom_);
  return at < end && at >= end - whole_pages(kGuardBytes);
}

ExceptionState* thread_exception_state() {
  // Cached, because each execution needs it, and __cxa_get_globals() makes calls into two
  // libraries.
  static constinit thread_local ExceptionState* state = nullptr;
  if (state == nullptr) [[unlikely]]
    state = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
  return state;
}

}  // namespace sim
