#include <sim/engine/outside_thread.hpp>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include <atomic>
#include <cstdint>

namespace sim::outside_thread {
namespace {

std::atomic<bool> executing{false};
std::atomic<bool> claimed{false};  ///< whether a thread has noted its use, or is doing so
ReturnAddresses path;              ///< written before `file`
std::atomic<std::uint32_t> line{0};
thread_local bool ending = false;

}  // namespace

void begin_execution() {
  executing.store(true, std::memory_order_relaxed);
  if (file.load(std::memory_order_relaxed) == nullptr) return;
  file.store(nullptr);
  claimed.store(false);
}

void end_execution() {
  executing.store(false, std::memory_order_relaxed);
}

std::optional<SourceLocation> used_at() {
  const char* const where = file.load();
  if (where == nullptr) return std::nullopt;
  return SourceLocation{where, line.load()};
}

const ReturnAddresses& used_from() {
  return path;
}

void note_use(SourceLocation where) {
  if (!executing.load() || ::getpid() == ::gettid()) return;
  if (!claimed.exchange(true)) {
    path = return_addresses();
    line.store(where.line);
    file.store(where.file);
  }
  ending = true;
  ::pthread_exit(nullptr);
}

void end_if_noted() {
  if (!ending) return;
  // The C library gives the thread's block to the next thread, which must not find what this one
  // has kept there. A thread that ends otherwise does this itself.
  for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; ++key) ::pthread_setspecific(key, nullptr);
  ::syscall(SYS_exit, 0);
}

}  // namespace sim::outside_thread
