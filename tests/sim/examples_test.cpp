// The examples: each bug is found by each way of searching and replays, each fix holds in all
// interleavings.

#include <cstdint>
#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/causality.hpp>
#include <sim/engine.hpp>
#include <sim/explorer.hpp>
#include <sim/outcome.hpp>
#include <sim/replay.hpp>
#include <sim/schedule_file.hpp>
#include <sim/strategies/bounded.hpp>
#include <sim/strategies/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/strategies/random.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::OutcomeKind;
using sim::test::example;

template <class Strategy>
sim::Exploration explore_all(const std::string& program, Strategy strategy = Strategy{}) {
  sim::ExploreOptions options;
  options.all = true;
  return sim::explore(example(program), strategy, options);
}

struct Bug {
  const char* program;
  OutcomeKind kind;
  const char* message;        ///< of the failure with the fewest preemptions
  std::uint32_t preemptions;  ///< that it takes
  std::uint64_t traces;       ///< of all executions, each run to its end
  std::uint64_t failures;     ///< traces among them that fail
  std::uint64_t walks;        ///< random ones with seed 1, of which the last fails
};

void PrintTo(const Bug& bug, std::ostream* out) {
  *out << bug.program;
}

class Bugs : public testing::TestWithParam<Bug> {};

/// Explores up to the first failure, which is that of the example, and replays it.
template <class Strategy>
sim::Exploration find(const Bug& bug, Strategy& strategy) {
  const sim::Program program = example(bug.program);
  sim::ExploreOptions options;
  options.executions_max = 100'000;
  sim::Exploration found = sim::explore(program, strategy, options);
  EXPECT_EQ(found.reason, sim::StopReason::failure);
  EXPECT_EQ(found.abandoned, 0U);
  if (found.groups.size() != 1) {
    ADD_FAILURE() << found.groups.size() << " groups of failures";
    return found;
  }
  const sim::Recording& recording = found.groups[0].recording;
  EXPECT_EQ(recording.outcome.kind, bug.kind);
  const sim::Schedule schedule = sim::schedule_of(program, recording, "a test");
  const sim::Replayed replayed = sim::replay(program, schedule, {});
  EXPECT_TRUE(replayed.is_as_recorded(schedule));
  EXPECT_EQ(replayed.recording.outcome.summary(), recording.outcome.summary());
  EXPECT_EQ(replayed.recording.steps(), recording.steps());
  return found;
}

TEST_P(Bugs, AreFoundBySearchByTraces) {
  sim::DporStrategy strategy;
  find(GetParam(), strategy);
}

TEST_P(Bugs, AreFoundByBoundedSearchWithTheFewestPreemptions) {
  sim::BoundedStrategy strategy;
  const sim::Exploration found = find(GetParam(), strategy);
  EXPECT_EQ(strategy.preemptions(), GetParam().preemptions);
  ASSERT_EQ(found.groups.size(), 1U);
  EXPECT_EQ(found.groups[0].recording.preemptions(), GetParam().preemptions);
  EXPECT_EQ(found.groups[0].recording.outcome.message, GetParam().message);
}

TEST_P(Bugs, AreFoundByARandomWalk) {
  sim::RandomStrategy strategy{1};
  EXPECT_EQ(find(GetParam(), strategy).executions, GetParam().walks);
}

TEST_P(Bugs, FailInSomeTracesAndNotInOthers) {
  const sim::Exploration found = explore_all<sim::DporStrategy>(GetParam().program);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, GetParam().traces);
  EXPECT_EQ(found.failures, GetParam().failures);
  EXPECT_EQ(found.abandoned, 0U);
  ASSERT_FALSE(found.groups.empty());
  EXPECT_EQ(found.groups[0].recording.outcome.message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, Bugs,
    testing::Values(
        Bug{"example/lock-free-queue", OutcomeKind::invariant,
            "\"no part is done twice\": part 1 was popped again", 1, 196, 12, 4604},
        Bug{"example/rw-cache", OutcomeKind::invariant,
            "\"what was put stays\": version 1 took the place of version 2", 1, 50, 28, 1},
        Bug{"example/thread-pool", OutcomeKind::deadlock,
            "task 1 waits for pool.wake_up to be notified", 2, 228, 56, 88},
        Bug{"example/dining-table", OutcomeKind::deadlock,
            "task 1 waits to lock fork[1], held by task 2; task 2 waits to lock fork[2], held by "
            "task 3; task 3 waits to lock fork[0], held by task 1",
            1, 348, 6, 1},
        Bug{"example/search-party", OutcomeKind::deadlock,
            "task 1 waits for others to arrive at round.end", 0, 3, 1, 8},
        Bug{"example/snapshot", OutcomeKind::assertion,
            "not linearizable: no order explains client 2's snapshot: 0 sent, 1 received; with 1 "
            "sent, 1 received the model answers snapshot: 1 sent, 1 received",
            1, 19, 2, 5}));

struct Fix {
  const char* program;
  std::uint64_t traces;
};

void PrintTo(const Fix& fix, std::ostream* out) {
  *out << fix.program;
}

class Fixes : public testing::TestWithParam<Fix> {};

TEST_P(Fixes, HoldInAllTraces) {
  const sim::Exploration found = explore_all<sim::DporStrategy>(GetParam().program);
  EXPECT_TRUE(found.complete);
  EXPECT_FALSE(found.open_invariants);
  EXPECT_EQ(found.executions, GetParam().traces);
  EXPECT_EQ(found.failures, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, Fixes,
    testing::Values(Fix{"example/lock-free-queue-fixed", 188}, Fix{"example/rw-cache-fixed", 50},
                    Fix{"example/thread-pool-fixed", 192}, Fix{"example/dining-table-fixed", 126},
                    Fix{"example/search-party-fixed", 10}, Fix{"example/snapshot-fixed", 33}));

struct Small {
  const char* program;
  std::uint64_t interleavings;
  std::uint64_t failures;  ///< among them
  std::uint64_t traces;
};

void PrintTo(const Small& small, std::ostream* out) {
  *out << small.program;
}

class Interleavings : public testing::TestWithParam<Small> {};

/// The traces of all executions that a search runs.
template <class Strategy>
std::multiset<std::uint64_t> traces_of(const std::string& program) {
  sim::EngineOptions options = sim::test::kGoOn;
  options.record_order = true;
  sim::Engine engine{options};
  const sim::Body body = example(program).body;
  Strategy strategy;
  sim::Causality causality;
  std::multiset<std::uint64_t> traces;
  while (strategy.begin_execution()) {
    engine.run(body, strategy);
    strategy.end_execution(engine.trace());
    causality.assign(engine.trace());
    traces.insert(causality.fingerprint());
  }
  return traces;
}

TEST_P(Interleavings, AreAllOfTheTracesThatAreSearched) {
  const sim::Exploration found = explore_all<sim::ExhaustiveStrategy>(GetParam().program);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, GetParam().interleavings);
  EXPECT_EQ(found.failures, GetParam().failures);
  const auto all = traces_of<sim::ExhaustiveStrategy>(GetParam().program);
  const auto searched = traces_of<sim::DporStrategy>(GetParam().program);
  EXPECT_EQ(searched.size(), GetParam().traces);
  const std::set<std::uint64_t> distinct{all.begin(), all.end()};
  EXPECT_EQ(std::set<std::uint64_t>(searched.begin(), searched.end()), distinct);
  EXPECT_EQ(searched.size(), distinct.size());
}

INSTANTIATE_TEST_SUITE_P(Examples, Interleavings,
                         testing::Values(Small{"example/lock-free-queue-fixed:parts=1", 143456, 0,
                                               6},
                                         Small{"example/rw-cache", 50, 28, 50},
                                         Small{"example/rw-cache-fixed", 50, 0, 50},
                                         Small{"example/thread-pool:workers=1", 86, 7, 9},
                                         Small{"example/thread-pool-fixed:workers=1", 39, 0, 8},
                                         Small{"example/dining-table:n=2", 130, 6, 12},
                                         Small{"example/dining-table-fixed:n=2", 2, 0, 2},
                                         Small{"example/dining-table-fixed", 20280, 0, 126},
                                         Small{"example/search-party", 44, 2, 3},
                                         Small{"example/search-party-fixed", 143, 0, 10},
                                         Small{"example/snapshot", 210, 9, 19},
                                         Small{"example/snapshot-fixed", 2120, 0, 33}));

}  // namespace
