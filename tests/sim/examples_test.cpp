// Tests of the examples: each bug is found by each strategy and can be replayed, and each fix holds
// in all interleavings.

#include <cstdint>
#include <optional>
#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/base/outcome.hpp>
#include <sim/engine/executions.hpp>
#include <sim/explorer.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/random.hpp>
#include <sim/strategies/exhaustive.hpp>

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
  const char* message;        ///< message of the failure with the fewest preemptions
  std::uint32_t preemptions;  ///< preemptions of this failure
  std::uint64_t traces;       ///< number of traces of all executions, each run to its end
  std::uint64_t failures;     ///< number of traces that fail
  std::uint64_t walks;        ///< number of random executions with seed 1 up to the first that
                              ///< fails
};

void PrintTo(const Bug& bug, std::ostream* out) {
  *out << bug.program;
}

class Bugs : public testing::TestWithParam<Bug> {};

/// Whether the stack of the task that fails is not unwound: an exception has left its function, or
/// it has failed in an operation that is noexcept.
bool abandons(const Bug& bug) {
  return bug.kind == OutcomeKind::uncaught_exception ||
         bug.kind == OutcomeKind::use_after_destruction;
}

std::uint64_t abandoned(const Bug& bug, const sim::Exploration& found) {
  return abandons(bug) ? found.failures : 0;
}

/// Expects that every execution that the bounds allow was explored.
void expect_whole(const sim::Exploration& found) {
  EXPECT_EQ(found.reason, sim::StopReason::exhausted);
  EXPECT_EQ(found.complete, found.bounded == 0);
}

/// Explores up to the first failure, expects the failure of the example, and replays it.
template <class Strategy>
sim::Exploration find(const Bug& bug, Strategy& strategy) {
  std::optional<sim::test::LeakOnPurpose> leak;
  if (abandons(bug)) leak.emplace();
  const sim::Program program = example(bug.program);
  sim::ExploreOptions options;
  options.executions_max = 100'000;
  sim::Exploration found = sim::explore(program, strategy, options);
  EXPECT_EQ(found.reason, sim::StopReason::failure);
  EXPECT_EQ(found.abandoned, abandoned(bug, found));
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
  EXPECT_EQ(found.groups[0].recording.outcome.message(), GetParam().message);
}

TEST_P(Bugs, AreFoundByARandomWalk) {
  sim::RandomStrategy strategy{1};
  EXPECT_EQ(find(GetParam(), strategy).executions, GetParam().walks);
}

TEST_P(Bugs, FailInSomeTracesAndNotInOthers) {
  std::optional<sim::test::LeakOnPurpose> leak;
  if (abandons(GetParam())) leak.emplace();
  const sim::Exploration found = explore_all<sim::DporStrategy>(GetParam().program);
  expect_whole(found);
  EXPECT_EQ(found.executions, GetParam().traces);
  EXPECT_EQ(found.failures, GetParam().failures);
  EXPECT_EQ(found.abandoned, abandoned(GetParam(), found));
  ASSERT_FALSE(found.groups.empty());
  EXPECT_EQ(found.groups[0].recording.outcome.message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, Bugs,
    testing::Values(
        Bug{"example/lock-free-queue", OutcomeKind::invariant,
            "\"no part is done twice\": part 1 was popped again", 1, 196, 12, 4604},
        Bug{"example/rw-cache", OutcomeKind::invariant,
            "\"what was put stays\": version 1 took the place of version 2", 1, 254, 164, 5},
        Bug{"example/thread-pool", OutcomeKind::deadlock,
            "task 1 waits for pool.wake_up to be notified", 2, 228, 56, 88},
        Bug{"example/dining-table", OutcomeKind::deadlock,
            "task 1 waits to lock fork[1], held by task 2; task 2 waits to lock fork[2], held by "
            "task 3; task 3 waits to lock fork[0], held by task 1",
            1, 348, 6, 1},
        Bug{"example/search-party", OutcomeKind::deadlock,
            "task 1 waits for others to arrive at round.end", 0, 3, 1, 8},
        Bug{"example/double-checked-locking", OutcomeKind::data_race,
            "on rates.euro: task 1 writes it at plain_data.cpp:44; task 2 reads it at "
            "plain_data.cpp:48; nothing orders the two",
            0, 4, 2, 3},
        Bug{"example/spin-lock", OutcomeKind::data_race,
            "on visitors: task 1 writes it at plain_data.cpp:98; task 2 writes it at "
            "plain_data.cpp:98; nothing orders the two",
            0, 4, 4, 1},
        Bug{"example/late-answer", OutcomeKind::assertion, "\"bank.payments() == 1\"", 0, 5, 2, 24},
        Bug{"example/stop-token", OutcomeKind::deadlock,
            "task 1 waits for worker.has_work to be notified", 1, 5, 2, 3},
        Bug{"example/woken-without-cause", OutcomeKind::assertion, "\"dish\"", 0, 4, 1, 3},
        Bug{"example/weak-claim", OutcomeKind::assertion, "\"done == 1\"", 0, 7, 1, 3},
        Bug{"example/peterson", OutcomeKind::data_race,
            "on inside: task 2 writes it at peterson.cpp:81; task 1 writes it at peterson.cpp:81; "
            "nothing orders the two",
            2, 28, 4, 38},
        Bug{"example/two-answers", OutcomeKind::uncaught_exception,
            "std::future_error: Promise already satisfied", 1, 6, 4, 1},
        Bug{"example/early-close", OutcomeKind::assertion, "\"sum == 20\"", 0, 38, 18, 1},
        Bug{"example/lazy-pair", OutcomeKind::deadlock,
            "task 1 waits for configuration to change; task 2 waits for logger to change", 1, 5, 1,
            1},
        Bug{"example/sales", OutcomeKind::assertion, "\"sales.sold() == 4\"", 1, 4, 2, 1},
        Bug{"example/statement", OutcomeKind::deadlock,
            "task 0 waits to lock account, held by task 1; task 1 waits for booked to be notified",
            0, 2, 1, 2},
        Bug{"example/notify-after-unlock", OutcomeKind::use_after_destruction,
            "task 1 does notify_all changed after task 0 has destroyed it", 1, 3, 1, 26},
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
  expect_whole(found);
  EXPECT_FALSE(found.open_invariants);
  EXPECT_EQ(found.executions, GetParam().traces);
  EXPECT_EQ(found.failures, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, Fixes,
    testing::Values(Fix{"example/lock-free-queue-fixed", 188}, Fix{"example/rw-cache-fixed", 254},
                    Fix{"example/thread-pool-fixed", 192}, Fix{"example/dining-table-fixed", 126},
                    Fix{"example/search-party-fixed", 10},
                    Fix{"example/double-checked-locking-fixed", 4},
                    Fix{"example/spin-lock-fixed", 4}, Fix{"example/late-answer-fixed", 5},
                    Fix{"example/stop-token-fixed", 48},
                    Fix{"example/woken-without-cause-fixed", 4}, Fix{"example/weak-claim-fixed", 2},
                    Fix{"example/peterson-fixed", 12}, Fix{"example/two-answers-fixed", 2},
                    Fix{"example/early-close-fixed", 8}, Fix{"example/lazy-pair-fixed", 4},
                    Fix{"example/sales-fixed", 2}, Fix{"example/statement-fixed", 2},
                    Fix{"example/sync-wait-fixed", 19}, Fix{"example/notify-after-unlock-fixed", 2},
                    Fix{"example/two-spinners", 4}, Fix{"example/snapshot-fixed", 33}));

struct Small {
  const char* program;
  std::uint64_t interleavings;
  std::uint64_t failures;  ///< number of executions that fail
  std::uint64_t traces;
};

void PrintTo(const Small& small, std::ostream* out) {
  *out << small.program;
}

class Interleavings : public testing::TestWithParam<Small> {};

/// The set of traces of all executions that a search runs.
template <class Strategy>
std::multiset<std::uint64_t> traces_of(const std::string& program) {
  sim::EngineOptions options = sim::test::kGoOn;
  options.record_order = true;
  sim::Engine engine{options};
  const sim::Body body = example(program).body;
  Strategy strategy;
  sim::HappensBefore order;
  std::multiset<std::uint64_t> traces;
  sim::Executions executions{engine, body, strategy};
  while (executions.next()) {
    order.assign(engine.trace());
    traces.insert(order.fingerprint());
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

INSTANTIATE_TEST_SUITE_P(
    Examples, Interleavings,
    testing::Values(
        Small{"example/lock-free-queue-fixed:parts=1", 143456, 0, 6},
        Small{"example/rw-cache", 254, 164, 254}, Small{"example/rw-cache-fixed", 254, 0, 254},
        Small{"example/thread-pool:workers=1", 86, 7, 9},
        Small{"example/thread-pool-fixed:workers=1", 39, 0, 8},
        Small{"example/dining-table:n=2", 130, 6, 12},
        Small{"example/dining-table-fixed:n=2", 2, 0, 2},
        Small{"example/dining-table-fixed", 20280, 0, 126}, Small{"example/search-party", 44, 2, 3},
        Small{"example/search-party-fixed", 143, 0, 10}, Small{"example/sync-wait", 72, 51, 13},
        Small{"example/sync-wait-fixed", 119, 0, 19}, Small{"example/notify-after-unlock", 6, 2, 3},
        Small{"example/two-spinners", 6, 0, 4}, Small{"example/snapshot", 210, 9, 19},
        Small{"example/snapshot-fixed", 2120, 0, 33}));

}  // namespace
