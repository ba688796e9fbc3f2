#pragma once

// The hash of traces, groups of failures and digests: the same on every machine.

#include <cstdint>

namespace sim {

/// Mixes one more word into a running 64-bit hash. The same on every machine.
constexpr std::uint64_t hash_step(std::uint64_t hash, std::uint64_t word) {
  hash ^= word + 0x9E3779B97F4A7C15ULL + (hash << 6U) + (hash >> 2U);
  hash *= 0xBF58476D1CE4E5B9ULL;
  return hash ^ (hash >> 29U);
}

}  // namespace sim
