#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <sim/strategy.hpp>

namespace sim {

/// Plain depth-first search over every choice: complete, each interleaving once. The lowest task
/// first; memory grows with the depth of one execution only.
class ExhaustiveStrategy final : public Strategy {
 public:
  bool begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  [[nodiscard]] bool exhausted() const override { return exhausted_; }
  [[nodiscard]] bool strayed() const override { return strayed_; }

 private:
  struct Branch {
    std::uint32_t index;
    std::uint32_t alternatives;
  };

  std::uint32_t extend(std::uint32_t alternatives);

  std::vector<Branch> path_;
  std::size_t depth_ = 0;  ///< how much of path_ the running execution has followed
  bool started_ = false;
  bool exhausted_ = false;
  bool strayed_ = false;
};

}  // namespace sim
