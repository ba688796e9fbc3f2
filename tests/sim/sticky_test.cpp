// Tests that the sticky walk stays with its task as often as it says.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

#include <sim/engine/check.hpp>
#include <sim/engine/usage_error.hpp>
#include <sim/search/sticky.hpp>

#include <tests/sim/draws.hpp>
#include <tests/sim/programs.hpp>

namespace {

using sim::StickyStrategy;
using sim::test::example;
using sim::test::failure_frequency;
using sim::test::tolerance;

// The bug needs all 12 steps of one task before the only step of another. The first is drawn with
// 1/2, and each further one comes by staying or, if the walk does not stay, with 1/2.
TEST(StickyWalk, StaysWithItsTaskWithTheGivenProbability) {
  for (const std::uint32_t percent : {0U, 50U, 75U, 99U}) {
    StickyStrategy strategy{20'240'917, percent};
    const double goes_on = (1 + percent / 100.0) / 2;
    const double p = std::pow(goes_on, 11) / 2;
    EXPECT_NEAR(failure_frequency(example("example/late-check:n=12"), strategy), p, tolerance(p))
        << percent;
  }
}

TEST(StickyWalk, DrawsOtherChoicesUniformly) {
  const sim::Program program{"choice", {}, [] { SIM_EXPECT(sim::choose(4) != 3); }};
  StickyStrategy strategy{20'240'917, 99};
  EXPECT_NEAR(failure_frequency(program, strategy), 0.25, tolerance(0.25));
}

TEST(StickyWalk, CanBeSplitAndRepeated) {
  sim::test::expect_splittable([] { return std::make_unique<StickyStrategy>(7); },
                               example("count/bankrace:n=2"));
}

TEST(StickyWalk, DrawsNothingWhereOnlyOneTaskCanRun) {
  // The same seed gives the same order of the two tasks, however many steps come before them.
  const auto order_after = [](std::uint64_t seed, int steps) {
    StickyStrategy strategy{seed, 50};
    sim::Engine engine;
    run_once(
        engine,
        [steps] {
          sim::atomic<int> x{0};
          for (int i = 0; i < steps; ++i) x.fetch_add(1);
          const auto thrice = [&] {
            for (int i = 0; i < 3; ++i) x.fetch_add(1);
          };
          sim::thread one{thrice};
          sim::thread other{thrice};
          one.join();
          other.join();
        },
        strategy);
    return sim::test::order_of(engine).substr(static_cast<std::size_t>(steps));
  };
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(order_after(seed, 3), order_after(seed, 0)) << "seed " << seed;
  }
}

TEST(StickyWalk, RefusesToStayForEver) {
  EXPECT_THROW(StickyStrategy(1, 100), sim::UsageError);
}

}  // namespace
