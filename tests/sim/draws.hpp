#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/choice.hpp>
#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/engine/strategy.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/examples/needle.hpp>
#include <sim/scenario.hpp>
#include <sim/search/sampling.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

/// The common parts of the tests of sampling strategies: the probability of each execution,
/// computed by enumerating all results of the strategy's draws, and its measured frequency.
namespace sim::test {

inline constexpr std::uint64_t kSamples = 100'000;

inline Program make_program(const std::string& spec) {
  Registry registry;
  add_count_programs(registry);
  add_needle(registry);
  return std::get<Program>(registry.make(spec));
}

/// Enumerates all results of a sequence of random draws, with their probabilities.
class Draws {
 public:
  /// Draws a number below `n`, uniformly.
  std::uint32_t below(std::uint32_t n) { return weighted(std::vector<std::uint32_t>(n, 1)); }
  /// Draws an index. Its probability is the share of its weight in the sum of all weights.
  std::uint32_t weighted(const std::vector<std::uint32_t>& weights) {
    if (made_ == draws_.size()) {
      draws_.push_back({weights, 0});
      if (weights[0] == 0) advance();
    }
    return draws_[made_++].index;
  }
  /// Moves to the next sequence of results. Returns false if there is no other.
  bool next() {
    made_ = 0;
    while (!draws_.empty()) {
      advance();
      if (draws_.back().index < draws_.back().weights.size()) return true;
      draws_.pop_back();
    }
    return false;
  }
  /// The probability of the last sequence of results.
  [[nodiscard]] double probability() const {
    double product = 1;
    for (const Draw& draw : draws_) {
      double total = 0;
      for (const std::uint32_t weight : draw.weights) total += weight;
      product *= draw.weights[draw.index] / total;
    }
    return product;
  }

 private:
  struct Draw {
    std::vector<std::uint32_t> weights;
    std::uint32_t index;
  };

  /// Moves the last draw to the next index whose weight is not 0.
  void advance() {
    Draw& last = draws_.back();
    do {
      ++last.index;
    } while (last.index < last.weights.size() && last.weights[last.index] == 0);
  }

  std::vector<Draw> draws_;
  std::size_t made_ = 0;
};

/// A strategy in its simplest form, written for a test. It takes its random numbers from Draws.
class DrawnStrategy : public Strategy {
 public:
  SearchStatus begin_execution() final {
    begin();
    return SearchStatus::running;
  }
  Draws draws;

 protected:
  virtual void begin() {}
};

class DrawnWalk final : public DrawnStrategy {
 public:
  std::uint32_t choose(const ChoicePoint& point) override {
    return draws.below(point.alternatives);
  }
};

/// The task that made each step, as in "1221".
inline std::string order_of(const Engine& engine) {
  std::string order;
  for (const TraceEntry& entry : engine.trace().entries()) {
    if (entry.is_step()) order += std::to_string(index_of(entry.task));
  }
  return order;
}

/// The exact probability of each value of `what`, a function of an execution.
template <class What>
auto distribution(const Program& program, DrawnStrategy& strategy, const What& what) {
  std::map<std::invoke_result_t<What, const Engine&>, double> probabilities;
  Engine engine;
  double total = 0;
  do {
    run_once(engine, program.body, strategy);
    const double probability = strategy.draws.probability();
    probabilities[what(engine)] += probability;
    total += probability;
  } while (strategy.draws.next());
  EXPECT_NEAR(total, 1, 1e-9);
  return probabilities;
}

/// How often each value of `what` occurs in kSamples executions.
template <class What>
auto frequencies(const Program& program, SamplingStrategy& strategy, const What& what) {
  std::map<std::invoke_result_t<What, const Engine&>, double> shares;
  Engine engine;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    run_once(engine, program.body, strategy);
    shares[what(engine)] += 1.0 / kSamples;
  }
  return shares;
}

inline bool has_failed(const Engine& engine) {
  return engine.outcome().failed();
}

inline double failure_probability(const Program& program, DrawnStrategy& strategy) {
  return distribution(program, strategy, has_failed)[true];
}
inline double failure_frequency(const Program& program, SamplingStrategy& strategy) {
  return frequencies(program, strategy, has_failed)[true];
}

/// The tolerance for kSamples executions: 4 standard deviations, which one seed in 15,787 exceeds.
/// The seeds are fixed, so a test always gives the same result.
inline double tolerance(double probability) {
  return 4 * std::sqrt(probability * (1 - probability) / kSamples) + 1e-9;
}

using MakeStrategy = std::function<std::unique_ptr<SamplingStrategy>()>;

/// The digests of the traces of all executions that `strategy` has left, or of `count` of them.
inline std::vector<std::uint64_t> digests(SamplingStrategy& strategy, const Program& program,
                                          std::size_t count = SIZE_MAX) {
  Engine engine;
  std::vector<std::uint64_t> all;
  Executions executions{engine, program.body, strategy};
  while (all.size() < count && executions.next()) all.push_back(engine.trace().digest());
  return all;
}

/// Expects that an execution of a seed does not depend on what ran before it: nothing, this program
/// or another one.
inline void expect_independent_executions(const MakeStrategy& make, const Program& program,
                                          const Program& other) {
  const auto expected = digests(*make(), program, 100);
  const std::vector<std::uint64_t> second_half(expected.begin() + 50, expected.end());
  const auto behind_nothing = make();
  behind_nothing->limit(50, 50);
  EXPECT_EQ(digests(*behind_nothing, program), second_half);
  const auto behind_another = make();
  digests(*behind_another, other, 50);
  EXPECT_EQ(digests(*behind_another, program, 50), second_half);
}

/// Expects that the executions that split() gives away and those that it keeps are together those
/// of the whole search.
inline void expect_splittable(const MakeStrategy& make, const Program& program) {
  const auto expected = digests(*make(), program, 90);
  const auto first = make();
  first->limit(0, 90);
  const auto part = first->split();
  ASSERT_TRUE(part);
  const auto second = make();
  ASSERT_TRUE(second->resume(*part));
  auto found = digests(*first, program);
  EXPECT_EQ(found.size(), 45U);
  const auto rest = digests(*second, program);
  found.insert(found.end(), rest.begin(), rest.end());
  EXPECT_EQ(found, expected);
}

/// Two tasks wait for a third one by yielding. A strategy must let the third one run.
inline void wait_by_yielding() {
  atomic<int> noise{0, "noise"};
  atomic<bool> ready{false, "ready"};
  const auto wait = [&] {
    while (!ready.load()) yield();
  };
  thread one{wait};
  thread two{wait};
  thread three{[&] {
    noise.store(1);
    ready.store(true);
  }};
  one.join();
  two.join();
  three.join();
}

}  // namespace sim::test
