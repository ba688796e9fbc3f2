// What the bank promises, for all workloads and all their interleavings.

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <bank/scenarios.hpp>
#include <bank/workload.hpp>
#include <bank/workload_header.hpp>
#include <sim/check.hpp>
#include <sim/explorer.hpp>
#include <sim/rapidcheck_gtest.hpp>
#include <sim/schedule/file.hpp>
#include <sim/schedule/replay.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <tests/bank/judged.hpp>
#include <tests/bank/model.hpp>
#include <tests/bank/workloads.hpp>
#include <tests/tools/process.hpp>

namespace bank_test {
namespace {

using bank::Algorithm;
using bank::Workload;
using testing::HasSubstr;
using testing::Not;

/// As many cases as RC_PARAMS asks for, but enough for what is rare: two transfers that have no
/// account in common, both of which succeed.
sim::PropertyOptions thorough() {
  sim::PropertyOptions options;
  options.cases = std::max(1000, rc::detail::configuration().testParams.maxSuccess);
  return options;
}

void check_serializable(const Workload& workload, const Ending& ending) {
  SIM_EXPECT(is_serializable(workload, ending));
}

void check_history(const Workload& workload, const Ending& ending) {
  SIM_EXPECT(tells_one_history(workload, ending));
  SIM_EXPECT(successes_are_serializable(workload, ending));
}

TEST(SafeTransfers, KeepTheInvariantsAndDoNotDeadlock) {
  sim::explore_property([] { return bank::make_program(*workloads(algorithms(true))); },
                        thorough());
}

TEST(SafeTransfers, TellOneHistoryOfEachAccount) {
  sim::explore_property([] { return judged(*workloads(algorithms(true)), check_history); },
                        thorough());
}

TEST(LockedTransfers, AreSerializable) {
  const auto locked = workloads(rc::gen::just(Algorithm::ordered_locks));
  sim::explore_property([&] { return judged(*locked, check_serializable); }, thorough());
}

TEST(OptimisticTransfers, AreSerializableUpToThree) {
  const auto three = workloads(rc::gen::just(Algorithm::optimistic), 3);
  sim::explore_property([&] { return judged(*three, check_serializable); }, thorough());
}

/// What the property above finds where it is given four. One transfer from a to b and one from b to
/// a have deducted and not credited; the two others find both accounts empty. There is no order of
/// that: a is empty only between the first and the second, b only between the second and the first.
/// Who is refused makes 2 * 2 ways; each of the refused either reads once or, before, in vain: 4.
TEST(OptimisticTransfers, RefuseFromFourOnWhatIsRefusedInNoOrder) {
  const Workload workload{Algorithm::optimistic,
                          {{"a", bank::whole(1)}, {"b", bank::whole(1)}},
                          {{0, 1, bank::whole(1)},
                           {0, 1, bank::whole(1)},
                           {1, 0, bank::whole(1)},
                           {1, 0, bank::whole(1)}}};
  sim::DporStrategy strategy;
  sim::ExploreOptions options;
  options.all = true;
  const sim::Exploration found =
      sim::explore(judged(workload, check_serializable), strategy, options);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.executions, 3100U);
  EXPECT_EQ(found.failures, 16U);
}

RC_GTEST_PROP(Workloads, AreReadBackFromTheirHeader, ()) {
  const Workload workload = *workloads(algorithms(*rc::gen::arbitrary<bool>()));
  sim::Schedule schedule;
  schedule.program = header_of(workload);
  const auto read = bank::workload_from(schedule);
  RC_ASSERT(std::holds_alternative<Workload>(read));
  RC_ASSERT(rc::toString(std::get<Workload>(read)) == rc::toString(workload));
}

// The properties find what is wrong: for each seed, and shrunk to what there is to see.

void find_out(Algorithm algorithm, const sim::ExpectedFailure& expected) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    sim::PropertyOptions options;
    options.seed = seed;
    options.cases = 50;
    options.expected = expected;
    ASSERT_EQ(sim::set_test_option(options.test, "strategy", "dpor"), "");
    const sim::PropertyReport report = sim::check_property(
        "found-out",
        [algorithm] { return bank::make_program(*workloads(rc::gen::just(algorithm))); }, options);
    EXPECT_TRUE(report.passed()) << "seed " << seed << ": " << report.text;
    EXPECT_THAT(report.input, HasSubstr("task 2")) << "seed " << seed;
    EXPECT_THAT(report.input, Not(HasSubstr("task 3"))) << "seed " << seed;
    ASSERT_TRUE(report.recording) << "seed " << seed;
    EXPECT_EQ(report.recording->preemptions(), 1U) << "seed " << seed << ": " << report.text;
  }
}

TEST(UnsafeTransfers, CheckThenActIsFoundOut) {
  find_out(Algorithm::check_then_act, {sim::OutcomeKind::invariant, "no account is negative"});
}
TEST(UnsafeTransfers, LostUpdateIsFoundOut) {
  find_out(Algorithm::lost_update, {sim::OutcomeKind::invariant, ""});
}
TEST(UnsafeTransfers, RequestOrderLocksAreFoundOut) {
  find_out(Algorithm::request_order_locks, {sim::OutcomeKind::deadlock, ""});
}

/// Its header says what the bank is: no property and no input are needed.
TEST(UnsafeTransfers, HaveSchedulesThatSayAllThereIsToReplayThem) {
  const racelab_test::TemporaryDirectory here;
  sim::PropertyOptions options;
  options.seed = 1;
  options.test.directory = here.path().string();
  const sim::PropertyReport report = sim::check_property(
      "check, then act",
      [] { return bank::make_program(*workloads(rc::gen::just(Algorithm::check_then_act))); },
      options);
  ASSERT_TRUE(report.failed());
  const auto read = sim::read_schedule(report.schedule);
  ASSERT_TRUE(std::holds_alternative<sim::Schedule>(read)) << std::get<std::string>(read);
  const auto& schedule = std::get<sim::Schedule>(read);
  sim::Registry registry;
  bank::add_scenarios(registry);
  const auto program = registry.program_of(schedule);
  ASSERT_TRUE(std::holds_alternative<sim::Program>(program));
  const sim::Replayed replayed = sim::replay(std::get<sim::Program>(program), schedule, {});
  EXPECT_TRUE(replayed.is_as_recorded(schedule));
  EXPECT_EQ(replayed.recording.outcome.kind, sim::OutcomeKind::invariant);
}

}  // namespace
}  // namespace bank_test
