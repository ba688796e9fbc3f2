#pragma once

// The part that a transfer has in an excerpt of a longer run: the steps that it made before the
// excerpt begins, and the step at which the excerpt stops following it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/ledger.hpp>

namespace bank {

/// A step that a transfer made before the excerpt begins.
struct PastStep {
  std::string operation;
  std::string object;
  std::optional<Money> value{};   ///< the balance after the step; empty for a lock
  bool failed = false;            ///< whether it is a commit that failed
  std::uint64_t changes_since{};  ///< changes to the balance between this step and the excerpt

  friend bool operator==(const PastStep&, const PastStep&) = default;
};

/// The part of a transfer that an excerpt covers. The transfer may begin before the excerpt, end
/// after it, and be given up in it.
struct Excerpt {
  std::vector<PastStep> past{};              ///< in the order they were made
  std::optional<std::uint32_t> steps_max{};  ///< steps followed in the excerpt; all if empty
  /// Steps made in the excerpt before the transfer gives up and releases its locks.
  std::optional<std::uint32_t> gives_up{};
  friend bool operator==(const Excerpt&, const Excerpt&) = default;
};

/// The money that a transfer of `amount` has deducted but not yet credited when the excerpt begins.
Money in_flight(const Excerpt& excerpt, Money amount);

}  // namespace bank
