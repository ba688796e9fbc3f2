#include <sim/schedule/expected_outcome.hpp>

#include <charconv>
#include <string_view>
#include <utility>

#include <sim/base/limits.hpp>

namespace sim {
namespace {

std::optional<std::uint32_t> within_limits(std::uint32_t steps_max) {
  return steps_max == 0 || steps_max > kStepsMax ? std::nullopt : std::optional{steps_max};
}

/// The number in "more than 10000 steps in one execution".
std::optional<std::uint32_t> parse_steps_max(std::string_view field) {
  constexpr std::string_view kBegin = "more than ";
  if (!field.starts_with(kBegin)) return std::nullopt;
  field.remove_prefix(kBegin.size());
  std::uint32_t steps_max = 0;
  std::from_chars(field.data(), field.data() + field.size(), steps_max);
  return within_limits(steps_max);
}

}  // namespace

ExpectedOutcome::ExpectedOutcome(std::string summary) : text(std::move(summary)) {
  const std::string_view line = text;
  const std::size_t blank = line.find(' ');
  kind = outcome_kind(line.substr(0, blank));
  if (kind == OutcomeKind::step_bound && blank != std::string_view::npos) {
    steps_max = parse_steps_max(line.substr(blank + 1));
  }
}

ExpectedOutcome::ExpectedOutcome(const Outcome& outcome)
    : text(outcome.summary()), kind(outcome.kind) {
  if (const auto* const bound = outcome.as<StepBound>()) {
    steps_max = within_limits(bound->steps_max);
  }
}

}  // namespace sim
