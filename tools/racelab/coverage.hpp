#pragma once

// Coverage of a search that found no failure: which pairs of conflicting operations it has seen in
// both orders. `explore` prints it, so that "no failure" can be judged.

#include <optional>
#include <string>
#include <vector>

#include <sim/diagnose/coverage.hpp>
#include <sim/search/explorer.hpp>

namespace racelab {

/// Makes a search collect the coverage of its first executions while it runs. No execution is run
/// for the coverage alone, so it stays in the budgets, and sees nothing that is not reported.
void watch_coverage(sim::ExploreOptions& options);

/// The coverage that the workers of a search have collected, from JobsReport::notes. Of several
/// workers, that of the one that examined the most executions. Empty if no worker reported any.
[[nodiscard]] std::optional<sim::Coverage> coverage_from(const std::vector<std::string>& notes);

/// The coverage in a few lines for the terminal.
[[nodiscard]] std::string coverage_text(const sim::Coverage& coverage);

}  // namespace racelab
