#pragma once

// Explores the program of one case of a property, and the program of its shrunk input. Internal to
// sim/testing/rapidcheck.cpp.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <sim/base/outcome.hpp>
#include <sim/engine/program.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>
#include <sim/testing/test_options.hpp>

namespace sim::detail {

/// A failing execution and its program.
struct PropertyFailure {
  Program program;
  Recording recording;
  std::string found_by;  ///< as Schedule::found_by
};

/// The result of one search.
struct CaseSearch {
  Exploration found;
  std::optional<PropertyFailure> failure;
};

/// Returns whether a failure ends the search.
using WantedFailure = std::function<bool(const Outcome&)>;

/// Explores `program` up to the first failure for which `wanted` returns true, or to the first
/// failure if `wanted` is empty. Runs at most `executions` executions of the strategy that `search`
/// names.
CaseSearch search_for(const WantedFailure& wanted, const Program& program,
                      const TestOptions& options, SearchOptions search, std::uint64_t executions);

/// Explores the program of one case up to its first failure. `executions_default` is the budget if
/// the options limit neither executions nor time.
CaseSearch search_case(const Program& program, const TestOptions& options,
                       std::uint64_t executions_default);

}  // namespace sim::detail
