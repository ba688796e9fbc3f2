#include <sim/base/outcome.hpp>

#include <algorithm>
#include <array>

namespace sim {
namespace {

constexpr std::array<std::string_view, 13> kWords{"passed",
                                                  "assertion",
                                                  "invariant",
                                                  "deadlock",
                                                  "step-bound",
                                                  "misuse",
                                                  "data-race",
                                                  "uncaught-exception",
                                                  "crash",
                                                  "hang",
                                                  "divergence",
                                                  "nondeterminism",
                                                  "use-after-destruction"};

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}

std::optional<OutcomeKind> outcome_kind(std::string_view word) {
  const auto* const found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<OutcomeKind>(found - kWords.begin());
}

SourceLine::SourceLine(SourceLocation where) : file(where.file_name()), line(where.line) {}

bool Deadlock::only_joins() const {
  return std::all_of(tasks.begin(), tasks.end(), [](const WaitingTask& w) { return w.joins(); });
}

}  // namespace sim
