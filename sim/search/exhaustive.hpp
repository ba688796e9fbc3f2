#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/search/splittable.hpp>

namespace sim {

/// Plain depth-first search over every choice: complete, each interleaving once. The lowest task
/// first; memory grows with the depth of one execution only.
class ExhaustiveStrategy final : public SplittableStrategy {
 public:
  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

 private:
  struct Branch {
    std::uint32_t index;
    std::uint32_t alternatives;
    std::uint32_t end;  ///< of the indices to explore here, exclusive
  };

  std::uint32_t extend(std::uint32_t alternatives);
  [[nodiscard]] bool is_exhausted() const { return status_ == SearchStatus::exhausted; }
  [[nodiscard]] double share_left() const;

  std::vector<Branch> path_;
  std::size_t depth_ = 0;  ///< how much of path_ the running execution has followed
  bool started_ = false;   ///< path_ has been run
  SearchStatus status_ = SearchStatus::running;
  double share_taken_ = 1;  ///< of the tree: all that was ever this one's to explore
};

}  // namespace sim
