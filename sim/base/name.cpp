#include <sim/base/name.hpp>

#include <atomic>
#include <cstdint>
#include <string>

namespace sim {

/// A text and how many names share it.
struct Name::Owned {
  std::string text;
  std::atomic<std::uint32_t> names = 1;
};

void Name::keep(Owned& owned) {
  owned.names.fetch_add(1, std::memory_order_relaxed);
}

void Name::release(Owned& owned) {
  if (owned.names.fetch_sub(1, std::memory_order_acq_rel) == 1) delete &owned;
}

Name Name::with_copy_of(std::string_view text, std::ptrdiff_t index) {
  auto* const owned = new Owned{std::string{text}};
  return {owned->text, index, owned};
}

Name name(std::string_view text) {
  return Name::with_copy_of(text, -1);
}

Name name(std::string_view text, std::size_t index) {
  return Name::with_copy_of(text, static_cast<std::ptrdiff_t>(index));
}

}  // namespace sim
