// Fuzz target for the messages between the processes of a search, and for saved explorations, which
// messages contain. Properties: any bytes are either a message or are refused, and a message that
// is encoded and decoded again is equal.

#include <cstddef>
#include <cstdint>
#include <string>

#include <sim/engine/abi_check.hpp>
#include <sim/process/work_message.hpp>

#include <tools/fuzz/fuzz_check.hpp>

// Only the code under test has sanitizers, and it runs no fibers: the library may be built without.
[[gnu::weak]] const char sim::SIM_BUILT_FOR = 0;

namespace {

using fuzz::check;

template <class Decode>
void check_message(std::string_view bytes, const Decode& decode) {
  const auto message = decode(bytes);
  if (!message) return;
  // Groups of the same failure are merged by reading, so the comparison begins with a message that
  // was read.
  const std::string once = sim::encode(*message);
  const auto again = decode(once);
  check(again.has_value(), "an encoded message can be decoded");
  check(again->index() == message->index(), "the kind of message is the same");
  check(sim::encode(*again) == once, "the message is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  check_message(bytes, sim::decode_coordinator_message);
  check_message(bytes, sim::decode_worker_message);
  return 0;
}
