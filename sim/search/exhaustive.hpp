#pragma once

// The search that runs every interleaving. It is the simplest complete strategy, the oracle for
// other strategies in tests, and supports programs that DporStrategy does not support.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/search/splittable.hpp>

namespace sim {

/// Depth-first search over all choices. It is complete and runs each interleaving once, in the
/// lexicographic order of the chosen alternatives. Its memory is proportional to the length of one
/// execution.
class ExhaustiveStrategy final : public SplittableStrategy {
 public:
  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

 private:
  /// A choice with more than one alternative. The subtrees of the indices from index + 1 up to end,
  /// exclusive, are still to be explored.
  struct Branch {
    std::uint32_t index;  ///< the alternative that is being explored
    std::uint32_t alternatives;
    std::uint32_t end;
  };

  std::uint32_t extend(std::uint32_t alternatives);
  [[nodiscard]] bool is_exhausted() const { return status_ == SearchStatus::exhausted; }
  [[nodiscard]] double share_left() const;

  std::vector<Branch> path_;  ///< the choices of the last execution
  std::size_t depth_ = 0;     ///< number of choices in path_ that the running execution has made
  bool started_ = false;      ///< whether path_ has been run
  SearchStatus status_ = SearchStatus::running;
  double share_taken_ =
      1;  ///< share of the whole tree that this strategy was given, minus what split() gave away
};

}  // namespace sim
