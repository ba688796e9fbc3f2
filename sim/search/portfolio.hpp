#pragma once

// The default search: several strategies that share the executions of one search. It finds what any
// of them finds, at a fixed share of its speed, and is complete where one of them is.
// docs/strategies.md says which strategies take part, and with which shares.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sim/search/measure.hpp>
#include <sim/search/splittable.hpp>

namespace sim {

/// The strategies of a portfolio. Their numbers are those of StrategyPart::index.
enum class PortfolioPart : std::uint8_t {
  traces,         ///< DporStrategy; the search is complete when it has no branch left
  interleavings,  ///< ExhaustiveStrategy, in place of DporStrategy if that cannot explore the
                  ///< program
  bounded,
  random,
  sticky,
  pos,
  surw,
  pct_shallow,
  pct_deep,
};
inline constexpr std::size_t kPortfolioParts = 9;

/// What a part of a portfolio is.
struct PortfolioPartInfo {
  const char* strategy;         ///< its name among strategies()
  std::uint32_t pct_depth = 0;  ///< PctOptions::depth; 0 for other strategies
};
const PortfolioPartInfo& portfolio_part(std::size_t index);

/// Shares the executions of a search between strategies:
///
/// - The first few executions are those of BoundedStrategy without a preemption and the first of
///   DporStrategy, so that a failure that is easy to find is also easy to read.
/// - Then each strategy has a share, and the executions are dealt in proportion to the shares, in a
///   fixed order. A quarter of the first executions, then half, and in the long run again a quarter
///   are those of DporStrategy. BoundedStrategy takes part until it has reached one of its limits.
/// - The strategies that need to know the size of the program (PctStrategy, SurwStrategy) take it
///   from the first executions of the random walk, and begin after them.
///
/// The search ends when DporStrategy has run every trace, or at a budget of its caller. If
/// DporStrategy cannot explore the program, reason() says why, and ExhaustiveStrategy takes its
/// place, so that a small program is still explored completely.
///
/// A work unit has branches of the complete part, and the positions of the samplers. A unit that
/// was split off samples with a seed of its own, so that two processes never draw the same
/// execution. Deterministic for a seed if it is not split.
class PortfolioStrategy final : public SplittableStrategy {
 public:
  static constexpr Capabilities kCapabilities{.needs_order = true};
  /// Limits of BoundedStrategy, whose memory grows with each execution.
  static constexpr std::uint64_t kBoundedExecutions = 4096;
  static constexpr std::size_t kBoundedBytes = std::size_t{4} << 20U;

  explicit PortfolioStrategy(std::uint64_t seed);

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override { return running_->choose(point); }
  void end_execution(const Trace& trace) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view unit) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override {
    return {{}, complete().progress().left_min};
  }

 private:
  template <class T>
  using PerPart = std::array<T, kPortfolioParts>;

  [[nodiscard]] PortfolioPart complete_part() const {
    return unsupported_ ? PortfolioPart::interleavings : PortfolioPart::traces;
  }
  [[nodiscard]] const SplittableStrategy& complete() const;
  [[nodiscard]] SplittableStrategy& strategy(PortfolioPart part);
  [[nodiscard]] std::unique_ptr<SplittableStrategy> make(PortfolioPart part);
  [[nodiscard]] std::unique_ptr<SplittableStrategy> make_measured(PortfolioPart part);

  void reset(std::uint64_t seed);
  [[nodiscard]] std::optional<SearchStatus> begin(PortfolioPart part);
  [[nodiscard]] PortfolioPart next_part();
  void limit_bounded();
  [[nodiscard]] PerPart<std::int64_t> shares();
  [[nodiscard]] bool is_measured();
  [[nodiscard]] std::string write(const std::string& complete, std::uint64_t seed,
                                  bool whole) const;
  [[nodiscard]] bool read(std::string_view unit);

  SearchStatus status_ = SearchStatus::running;
  std::uint64_t seed_;
  PerPart<std::unique_ptr<SplittableStrategy>> strategies_;  ///< null until first used
  PerPart<std::uint64_t> run_{};                             ///< executions of each part
  PerPart<std::int64_t> credits_{};                          ///< see next_part()
  std::uint64_t executions_ = 0;                             ///< sum over all parts
  std::uint64_t splits_ = 0;                                 ///< units that were split off
  bool unsupported_ = false;    ///< DporStrategy cannot explore the program
  bool bounded_ended_ = false;  ///< BoundedStrategy has nothing left, or has run enough
  Meter meter_;
  std::optional<Measurement> profile_;             ///< empty until the program is measured
  PortfolioPart current_ = PortfolioPart::traces;  ///< the part of the running execution
  SplittableStrategy* running_ = nullptr;          ///< its strategy
};

}  // namespace sim
