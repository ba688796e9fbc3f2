#pragma once

// The hash function of trace digests, ids of failure groups and checkpoint digests. Its results are
// written into files, so it must never change.

#include <cstdint>
#include <string_view>

namespace sim {

/// Returns `hash` with one more word mixed in. Gives the same result on every machine.
constexpr std::uint64_t hash_step(std::uint64_t hash, std::uint64_t word) {
  hash ^= word + 0x9E3779B97F4A7C15ULL + (hash << 6U) + (hash >> 2U);
  hash *= 0xBF58476D1CE4E5B9ULL;
  return hash ^ (hash >> 29U);
}

/// Returns `hash` with the bytes of `text` mixed in.
constexpr std::uint64_t hash_text(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = hash_step(hash, static_cast<unsigned char>(c));
  return hash;
}

}  // namespace sim
