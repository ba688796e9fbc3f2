#include <sim/engine/spin_watch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <sim/base/hash.hpp>

/// AddressSanitizer must not check the reads of a function that reads the gaps between variables.
#if SIM_ASAN
#define SIM_READS_WHOLE_STACK __attribute__((no_sanitize("address")))
#else
#define SIM_READS_WHOLE_STACK
#endif

namespace sim {
namespace {

#if defined(__x86_64__)
/// The registers that a function has to keep for its caller, without the stack pointer: pushed just
/// below the frame pointer of a function that keeps all of them.
constexpr std::size_t kSavedRegisters = 5;
#endif

}  // namespace

// The frame of a function that calls it must not be merged with it, and its own frame must contain
// the registers of its caller.
SIM_READS_WHOLE_STACK bool SpinWatch::has_come_back(const ExecutionContext& context,
                                                    ObjectId object) {
  const std::uint32_t watched = tries_ - kPatience - 1;
  if (watched % kAnchorEvery == 0) {
    anchor_ = object;
    looks_ = 0;
  }
  if (object != anchor_) return false;
#if defined(__x86_64__)
  __builtin_unwind_init();
  const auto* const frame = static_cast<const std::byte*>(__builtin_frame_address(0));
  const auto* at = reinterpret_cast<const std::uint64_t*>(frame) - kSavedRegisters;
  const auto* const end = reinterpret_cast<const std::uint64_t*>(context.stack_top());
  std::uint64_t digest = 1;
  for (; at < end; ++at) digest = hash_step(digest, *at);
  const auto seen = digests_.begin() + std::min<std::size_t>(looks_, digests_.size());
  const bool back = std::find(digests_.begin(), seen, digest) != seen;
  if (!back) digests_.at(looks_++ % digests_.size()) = digest;
  return back;
#else
  // The registers of this architecture are not read, so no loop is recognized.
  static_cast<void>(context);
  return false;
#endif
}

}  // namespace sim
