#include <sim/search/portfolio.hpp>

#include <algorithm>
#include <utility>

#include <sim/base/bytes.hpp>
#include <sim/base/random.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/exhaustive.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/pos.hpp>
#include <sim/search/random.hpp>
#include <sim/search/sticky.hpp>
#include <sim/search/surw.hpp>

namespace sim {
namespace {

constexpr std::size_t index_of(PortfolioPart part) {
  return static_cast<std::size_t>(part);
}

constexpr std::uint32_t kShallow = 5;
constexpr std::uint32_t kDeep = 20;

/// The parts of the first executions. The first executions of both have no or few preemptions, so
/// a failure among them is easy to read.
constexpr std::array kOpening{PortfolioPart::bounded, PortfolioPart::bounded, PortfolioPart::traces,
                              PortfolioPart::traces};

/// The shares of the parts while fewer than `until` executions have been run. The first two rows
/// are for bugs that one of the samplers finds soon, the third for programs that can be explored
/// completely, and the last for those that cannot: there rare orders are found by the random walk,
/// which is the fastest and does not prefer any kind of order. The numbers are measured:
/// tools/bench/search_bench.cpp prints how soon each program is found.
struct Shares {
  std::uint64_t until;
  std::array<std::int64_t, kPortfolioParts> of;
};
constexpr std::array kShares{
    Shares{400, {8, 8, 3, 2, 2, 3, 10, 1, 3}},
    Shares{2'000, {10, 10, 4, 3, 2, 2, 7, 1, 2}},
    Shares{64'000, {16, 16, 2, 8, 1, 1, 2, 1, 1}},
    Shares{UINT64_MAX, {10, 10, 0, 23, 2, 2, 1, 1, 1}},
};

constexpr bool needs_profile(PortfolioPart part) {
  return part >= PortfolioPart::surw;
}

/// The limit of credits_ in a work unit, far above every sum of shares.
constexpr std::int64_t kCreditMax = 1'000'000;

}  // namespace

const PortfolioPartInfo& portfolio_part(std::size_t index) {
  static constexpr std::array<PortfolioPartInfo, kPortfolioParts> kParts{{{"dpor"},
                                                                          {"exhaustive"},
                                                                          {"bounded"},
                                                                          {"random"},
                                                                          {"sticky"},
                                                                          {"pos"},
                                                                          {"surw"},
                                                                          {"pct", kShallow},
                                                                          {"pct", kDeep}}};
  return kParts.at(index);
}

PortfolioStrategy::PortfolioStrategy(std::uint64_t seed)
    : SplittableStrategy(kCapabilities), seed_(seed) {
  reset(seed);
}

/// Makes the search a new one.
void PortfolioStrategy::reset(std::uint64_t seed) {
  status_ = SearchStatus::running;
  seed_ = seed;
  for (auto& one : strategies_) one.reset();
  run_ = {};
  credits_ = {};
  executions_ = splits_ = 0;
  unsupported_ = bounded_ended_ = false;
  meter_ = {};
  profile_.reset();
  running_ = &strategy(complete_part());
}

// ---------------------------------------------------------------------------------------------
// The parts

const SplittableStrategy& PortfolioStrategy::complete() const {
  return *strategies_[index_of(complete_part())];
}

SplittableStrategy& PortfolioStrategy::strategy(PortfolioPart part) {
  auto& one = strategies_[index_of(part)];
  if (one == nullptr) one = make(part);
  return *one;
}

std::unique_ptr<SplittableStrategy> PortfolioStrategy::make(PortfolioPart part) {
  switch (part) {
    case PortfolioPart::traces:
      return std::make_unique<DporStrategy>();
    case PortfolioPart::interleavings:
      return std::make_unique<ExhaustiveStrategy>();
    case PortfolioPart::bounded:
      return std::make_unique<BoundedStrategy>();
    case PortfolioPart::random:
      return std::make_unique<RandomStrategy>(seed_);
    case PortfolioPart::sticky:
      return std::make_unique<StickyStrategy>(seed_);
    case PortfolioPart::pos:
      return std::make_unique<PosStrategy>(seed_);
    default:
      return make_measured(part);
  }
}

std::unique_ptr<SplittableStrategy> PortfolioStrategy::make_measured(PortfolioPart part) {
  std::unique_ptr<SamplingStrategy> sampler;
  if (part == PortfolioPart::surw) {
    sampler = std::make_unique<SurwStrategy>(seed_, SurwOptions{*profile_, true});
  } else {
    const std::uint32_t depth = portfolio_part(index_of(part)).pct_depth;
    const PctOptions options{depth, std::max(1U, profile_->length)};
    sampler = std::make_unique<PctStrategy>(seed_, options);
  }
  // The numbers that the executions have where the strategy is named, with MeasuredStrategy.
  sampler->limit(kMeasuredExecutions, UINT64_MAX);
  return sampler;
}

/// Whether the size of the program is known.
bool PortfolioStrategy::is_measured() {
  if (!profile_ && meter_.executions() == kMeasuredExecutions) profile_ = meter_.result();
  return profile_.has_value();
}

// ---------------------------------------------------------------------------------------------
// Executions

SearchStatus PortfolioStrategy::begin_execution() {
  while (status_ == SearchStatus::running) {
    const bool ends = executions_ > 0 && complete().progress().left_min == 0;
    if (const auto status = begin(ends ? complete_part() : next_part())) return *status;
  }
  return status_;
}

/// Begins an execution of `part`. Returns the status of the search; empty if another part is to be
/// asked.
std::optional<SearchStatus> PortfolioStrategy::begin(PortfolioPart part) {
  SplittableStrategy& one = strategy(part);
  const SearchStatus status = one.begin_execution();
  switch (status) {
    case SearchStatus::running:
      running_ = &one;
      current_ = part;
      ++executions_;
      ++run_[index_of(part)];
      set_part({static_cast<std::uint32_t>(part), one.capabilities().counts_traces},
               one.reproduction());
      return status;
    case SearchStatus::unsupported:
      unsupported_ = true;
      static_cast<void>(strategy(complete_part()));
      static_cast<void>(end_search(status_, one.reason()));
      return std::nullopt;
    case SearchStatus::diverged:
      return status_ = end_search(status, one.reason());
    default:
      if (part == PortfolioPart::bounded) {
        bounded_ended_ = true;
        return std::nullopt;
      }
      return status_ = SearchStatus::exhausted;
  }
}

/// The part that runs the next execution. Each part has a credit. It is raised by the part's share
/// before each execution, and the part with the highest credit pays the sum of all shares for it.
/// So in each run of executions, the parts have their shares as nearly as possible.
PortfolioPart PortfolioStrategy::next_part() {
  limit_bounded();
  if (executions_ < kOpening.size()) {
    const PortfolioPart part = kOpening[executions_];
    if (part == PortfolioPart::bounded && !bounded_ended_) return part;
    if (part == PortfolioPart::traces) return complete_part();
  }
  const PerPart<std::int64_t> shares = this->shares();
  std::int64_t sum = 0;
  std::size_t best = index_of(complete_part());
  for (std::size_t i = 0; i < kPortfolioParts; ++i) {
    if (shares[i] == 0) continue;
    sum += shares[i];
    credits_[i] += shares[i];
    if (credits_[i] > credits_[best]) best = i;
  }
  credits_[best] -= sum;
  return static_cast<PortfolioPart>(best);
}

/// Ends the part `bounded` if it has reached one of its limits.
void PortfolioStrategy::limit_bounded() {
  const auto& one = strategies_[index_of(PortfolioPart::bounded)];
  if (one == nullptr) return;
  const auto& bounded = static_cast<const BoundedStrategy&>(*one);
  bounded_ended_ |= run_[index_of(PortfolioPart::bounded)] >= kBoundedExecutions ||
                    bounded.unit_bytes() > kBoundedBytes;
  if (bounded_ended_) strategies_[index_of(PortfolioPart::bounded)].reset();
}

/// The shares of the parts that can run now.
PortfolioStrategy::PerPart<std::int64_t> PortfolioStrategy::shares() {
  const auto* const row =
      std::find_if(kShares.begin(), kShares.end(),
                   [this](const Shares& shares) { return executions_ < shares.until; });
  PerPart<std::int64_t> shares = row->of;
  shares[index_of(unsupported_ ? PortfolioPart::traces : PortfolioPart::interleavings)] = 0;
  if (bounded_ended_) shares[index_of(PortfolioPart::bounded)] = 0;
  if (is_measured()) return shares;
  for (std::size_t i = 0; i < kPortfolioParts; ++i) {
    if (!needs_profile(static_cast<PortfolioPart>(i))) continue;
    shares[index_of(PortfolioPart::random)] += std::exchange(shares[i], 0);
  }
  return shares;
}

void PortfolioStrategy::end_execution(const Trace& trace) {
  running_->end_execution(trace);
  if (current_ == PortfolioPart::random && meter_.executions() < kMeasuredExecutions) {
    meter_.add(trace);
  }
}

// ---------------------------------------------------------------------------------------------
// The encoding of a work unit: flags (unsupported; bounded has ended), the seed, the numbers of
// executions and of splits, the measurements, and for each part its executions, credit and unit. A
// part that has not begun has an empty text in place of a unit, except for the complete part.

std::string PortfolioStrategy::write(const std::string& complete, std::uint64_t seed,
                                     bool whole) const {
  std::string bytes;
  ByteWriter out{bytes};
  out.number((unsupported_ ? 1U : 0U) + (bounded_ended_ || !whole ? 2U : 0U));
  out.number(seed);
  out.number(executions_);
  out.number(whole ? splits_ : 0);
  (whole ? meter_ : Meter{}).write(out);
  for (std::size_t i = 0; i < kPortfolioParts; ++i) {
    const bool samples = whole && strategies_[i] != nullptr && i != index_of(PortfolioPart::traces);
    out.number(whole ? run_[i] : 0);
    out.number(static_cast<std::uint64_t>(credits_[i] + kCreditMax));
    if (i == index_of(complete_part())) {
      out.text(complete);
    } else {
      out.text(samples ? strategies_[i]->save() : std::string{});
    }
  }
  return bytes;
}

std::string PortfolioStrategy::save() const {
  return write(complete().save(), seed_, true);
}

std::optional<std::string> PortfolioStrategy::split() {
  const std::optional<std::string> half = strategy(complete_part()).split();
  if (!half) return std::nullopt;
  const std::uint64_t seed = Random{seed_ ^ Random{++splits_}.next()}.next();
  return write(*half, seed, false);
}

bool PortfolioStrategy::resume(std::string_view unit) {
  const std::uint64_t seed = seed_;
  if (read(unit)) return true;
  reset(seed);
  // An empty unit leaves nothing to explore.
  static_cast<void>(strategy(complete_part()).resume({}));
  status_ = SearchStatus::exhausted;
  return false;
}

bool PortfolioStrategy::read(std::string_view unit) {
  ByteReader in{unit};
  const std::uint64_t flags = in.number_up_to(3);
  reset(in.number());
  unsupported_ = (flags & 1U) != 0;
  bounded_ended_ = (flags & 2U) != 0;
  executions_ = in.number();
  splits_ = in.number();
  meter_.read(in);
  for (std::size_t i = 0; i < kPortfolioParts; ++i) {
    const auto part = static_cast<PortfolioPart>(i);
    run_[i] = in.number();
    credits_[i] = static_cast<std::int64_t>(in.number_up_to(2 * kCreditMax)) - kCreditMax;
    const std::string_view text = in.text();
    if (!in.ok()) return false;
    if (text.empty() && part != complete_part()) continue;
    if (needs_profile(part) && !is_measured()) return false;
    if (!strategy(part).resume(text)) return false;
  }
  running_ = &strategy(complete_part());
  return in.done();
}

}  // namespace sim
