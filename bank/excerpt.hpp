#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/ledger.hpp>

namespace bank {

/// A step that a transfer had made before an excerpt of what happened begins.
struct PastStep {
  std::string operation;
  std::string object;
  std::optional<Money> value{};   ///< what the balance then was; of a lock none
  bool failed = false;            ///< a commit that changed nothing
  std::uint64_t changes_since{};  ///< how often the balance was changed between it and the begin

  friend bool operator==(const PastStep&, const PastStep&) = default;
};

/// Where a transfer is in an excerpt: it may have begun before, may end behind it, and may be given
/// up in it.
struct Excerpt {
  std::vector<PastStep> past{};              ///< in order
  std::optional<std::uint32_t> steps_max{};  ///< that it makes then, to be left there; none: all
  /// Steps that it makes then before it is given up, and releases its locks.
  std::optional<std::uint32_t> gives_up{};
  friend bool operator==(const Excerpt&, const Excerpt&) = default;
};

/// Money that is deducted and not credited when the excerpt begins, of a transfer of `amount`.
Money in_flight(const Excerpt& excerpt, Money amount);

}  // namespace bank
