// A double-spend among five transfers, found by a long random walk, needs two of them and one
// preemption.

#include <cstdint>

#include <gtest/gtest.h>

#include <bank/workload.hpp>
#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/search/random.hpp>

namespace {

bank::Workload five_transfers() {
  using bank::whole;
  return {bank::Algorithm::check_then_act,
          {{"alice", whole(1000)}, {"bob", whole(500)}, {"charlie", whole(200)}},
          {{0, 1, whole(800)},
           {1, 2, whole(100)},
           {0, 2, whole(800)},
           {2, 1, whole(50)},
           {1, 0, whole(200)}}};
}

TEST(ShrinkTransfers, EndsAtTwoTransfersAndOnePreemptionForEverySeed) {
  const sim::Program program = bank::make_program(five_transfers());
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    sim::Prober prober{{}};
    sim::RandomStrategy walk{seed};
    const auto alice_owes = [](const sim::Engine& engine) {
      return engine.outcome().kind == sim::OutcomeKind::invariant &&
             engine.trace().preemptions() > 3;
    };
    const sim::Probe probe = prober.search(program, walk, alice_owes);
    ASSERT_TRUE(probe.found);
    sim::Shrunk shrunk = sim::shrink(program, probe.trace, prober);
    EXPECT_GT(shrunk.before.preemptions, 3U);
    EXPECT_EQ(shrunk.after, (sim::ScheduleSize{1, 2, 5})) << seed;
    EXPECT_TRUE(shrunk.fewest);
    std::size_t transfers = 0;
    for (const sim::HeaderLine& line : shrunk.program.header) {
      transfers += line.key == "task" ? 1 : 0;
    }
    EXPECT_EQ(transfers, 2U) << seed;
    const sim::Explanation why = sim::explain(shrunk.program, shrunk.recording, prober);
    EXPECT_EQ(why.pattern, sim::FailurePattern::check_then_act);
    EXPECT_EQ(why.necessary.size(), 2U);
  }
}

}  // namespace
