#include <sim/base/outcome.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace sim {
namespace {

constexpr std::array<std::string_view, 12> kWords{
    "passed",    "assertion",          "invariant", "deadlock", "step-bound", "misuse",
    "data-race", "uncaught-exception", "crash",     "hang",     "divergence", "nondeterminism"};

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}

std::optional<OutcomeKind> outcome_kind(std::string_view word) {
  const auto* const found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<OutcomeKind>(found - kWords.begin());
}

std::string Outcome::summary() const {
  std::string text{to_string(kind)};
  if (!message.empty()) text.append(" ").append(message);
  return text;
}

}  // namespace sim
