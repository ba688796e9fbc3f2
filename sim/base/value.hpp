#pragma once

// Converts values of the code under test: to 64 bits, which traces contain and digests compare, and
// to text, which reports and schedule files show.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include <fmt/format.h>

#include <sim/base/hash.hpp>

namespace sim {

/// The bits of a value, for traces and digests. More than 64 bits are hashed. The result for a
/// pointer says only whether it is null, because addresses differ between runs.
template <class T>
std::uint64_t value_bits(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(std::has_unique_object_representations_v<T> || std::is_same_v<T, float> ||
                    std::is_same_v<T, double>,
                "padding bytes would make two runs of one schedule look different");
  if constexpr (std::is_pointer_v<T>) {
    return value == nullptr ? 0 : 1;
  } else if constexpr (sizeof(T) <= sizeof(std::uint64_t)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
  } else {
    std::uint64_t hash = 0;
    const auto* const bytes = reinterpret_cast<const std::byte*>(&value);
    for (std::size_t at = 0; at < sizeof(T); at += sizeof(hash)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, sizeof(T) - at < sizeof(word) ? sizeof(T) - at : sizeof(word));
      hash = hash_step(hash, word);
    }
    return hash;
  }
}

/// The bits of a value, for comparisons within one execution. Unlike value_bits(), it distinguishes
/// pointers by their addresses. More than 64 bits are hashed.
template <class T>
std::uint64_t memory_bits(const T& value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else {
    return value_bits(value);
  }
}

/// A value as reports and schedule files show it: formatted by fmt if it can be, an enumerator as
/// its number, a pointer as "null" or "non-null", and anything else by its bits.
template <class T>
std::string value_text(const T& value) {
  if constexpr (std::is_pointer_v<T>) {
    return value == nullptr ? "null" : "non-null";
  } else if constexpr (std::is_enum_v<T> && !fmt::is_formattable<T>::value) {
    return fmt::format("{}", static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else {
    return fmt::format("bits:{:x}", value_bits(value));
  }
}

}  // namespace sim
