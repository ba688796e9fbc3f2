// Fuzz target for the JSON bodies of requests to the live lab. Property: any bytes are either a
// valid body, or are refused with a reason.

#include <cstddef>
#include <cstdint>
#include <variant>

#include <http/api/decode.hpp>
#include <sim/engine/abi_check.hpp>

#include <tools/fuzz/fuzz_check.hpp>

// Only the code under test has sanitizers, and it runs no fibers: the library may be built without.
[[gnu::weak]] const char sim::SIM_BUILT_FOR = 0;

namespace {

template <class T>
void check_decoded(const http::Decoded<T>& decoded) {
  const auto* const invalid = std::get_if<http::Invalid>(&decoded);
  fuzz::check(invalid == nullptr || !invalid->detail.empty(), "there is a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  check_decoded(http::decode_transfer(body));
  check_decoded(http::decode_settings(body));
  check_decoded(http::decode_simulation(body));
  return 0;
}
