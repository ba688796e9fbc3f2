#include <sim/engine/fiber.hpp>

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(bottom, top) 0
#define VALGRIND_STACK_DEREGISTER(id) static_cast<void>(id)
#endif

namespace sim {
namespace {

/// The reserve below a stack: 64 MiB of local variables, and the frames of functions that are
/// called above and below them.
constexpr std::size_t kReserveBytes = std::size_t{65} << 20U;
/// The smallest reserve.
constexpr std::size_t kReserveBytesMin = std::size_t{64} * 1024;
/// A function that calls no other one uses up to 128 bytes below its stack pointer.
constexpr std::size_t kRedZoneBytes = 128;

std::size_t whole_pages(std::size_t bytes) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

FiberStack::FiberStack(std::size_t bytes, std::size_t unused) {
  const std::size_t usable = whole_pages(bytes);
  // Only the part that is made accessible can ever take memory.
  const auto map = [&](std::size_t reserve) {
    mapped_bytes_ = usable + reserve;
    return ::mmap(nullptr, mapped_bytes_, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  };
  std::size_t reserve = whole_pages(kReserveBytes);
  void* memory = map(reserve);
  while (memory == MAP_FAILED && reserve / 2 >= kReserveBytesMin) {
    reserve = whole_pages(reserve / 2);
    memory = map(reserve);
  }
  if (memory == MAP_FAILED) throw std::bad_alloc();
  reserve_bytes_ = reserve;
  bottom_ = static_cast<std::byte*>(memory) + reserve;
  top_ = bottom_ + usable - unused;
  if (::mprotect(bottom_, usable, PROT_READ | PROT_WRITE) != 0) {
    ::munmap(memory, mapped_bytes_);
    throw std::bad_alloc();
  }
  valgrind_id_ = VALGRIND_STACK_REGISTER(bottom_, bottom_ + usable);
}

FiberStack::~FiberStack() {
  VALGRIND_STACK_DEREGISTER(valgrind_id_);
  ::munmap(bottom_ - reserve_bytes_, mapped_bytes_);
}

bool FiberStack::is_used_up(const void* stack_pointer) const {
  const auto at = reinterpret_cast<std::uintptr_t>(stack_pointer);
  const auto end = reinterpret_cast<std::uintptr_t>(bottom_);
  return at < end + kRedZoneBytes && at >= end - reserve_bytes_;
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
