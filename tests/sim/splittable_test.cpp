// Tests of searches that are split, saved and resumed. differential_test.cpp checks with random
// programs that no execution is lost or run twice.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <sim/base/bytes.hpp>
#include <sim/engine/executions.hpp>
#include <sim/process/message_pipe.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/branch.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/random.hpp>
#include <sim/search/saved_search.hpp>
#include <sim/strategies/exhaustive.hpp>

#include <tests/sim/programs.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::example;

sim::EngineOptions with_order() {
  sim::EngineOptions options = sim::test::kGoOn;
  options.record_order = true;
  return options;
}

/// Runs up to `executions_max` more executions. Returns the digests of their traces.
std::map<std::uint64_t, int> run(sim::Strategy& strategy, const sim::Program& program,
                                 std::uint64_t executions_max = UINT64_MAX) {
  sim::Engine engine{with_order()};
  std::map<std::uint64_t, int> digests;
  sim::Executions executions{engine, program.body, strategy};
  for (std::uint64_t i = 0; i < executions_max && executions.next(); ++i) {
    ++digests[engine.trace().digest()];
  }
  return digests;
}

void add(std::map<std::uint64_t, int>& counts, const std::map<std::uint64_t, int>& more) {
  for (const auto& [digest, count] : more) counts[digest] += count;
}

struct Limited final : sim::SamplingStrategy {
  Limited() : SamplingStrategy(7) { limit(0, 216); }
  std::uint32_t choose(const sim::ChoicePoint& point) override {
    return random().below(point.alternatives);
  }
};

template <class Strategy>
class Splittable : public testing::Test {};
using Strategies =
    testing::Types<sim::ExhaustiveStrategy, sim::BoundedStrategy, sim::DporStrategy, Limited>;
TYPED_TEST_SUITE(Splittable, Strategies);

TYPED_TEST(Splittable, GoesOnWhereItWasWrittenDown) {
  const sim::Program program = example("count/bankrace:n=2");
  TypeParam whole;
  const auto expected = run(whole, program);
  for (std::uint64_t pause = 0; pause < 20; ++pause) {
    TypeParam first;
    auto found = run(first, program, pause);
    TypeParam second;
    ASSERT_TRUE(second.resume(first.save()));
    add(found, run(second, program));
    EXPECT_EQ(found, expected);
    EXPECT_EQ(second.begin_execution(), whole.begin_execution());
  }
}

TYPED_TEST(Splittable, IsTheSumOfItsParts) {
  const sim::Program program = example("count/bankrace:n=2");
  TypeParam whole;
  const auto expected = run(whole, program);
  TypeParam one;
  auto found = run(one, program, 3);
  int parts = 0;
  while (const std::optional<std::string> part = one.split()) {
    TypeParam other;
    ASSERT_TRUE(other.resume(*part));
    add(found, run(other, program));
    ++parts;
  }
  add(found, run(one, program));
  EXPECT_EQ(found, expected);
  EXPECT_GE(parts, 1);
}

TYPED_TEST(Splittable, SaysHowMuchIsLeftAtLeast) {
  const sim::Program program = example("count/bankrace:n=2");
  TypeParam strategy;
  std::uint64_t left = 0;
  for (std::uint64_t i = 0; i < 10; ++i) {
    run(strategy, program, 1);
    left = strategy.progress().left_min;
    EXPECT_GT(left, 0U);
  }
  std::uint64_t rest = 0;
  for (const auto& [digest, count] : run(strategy, program)) rest += static_cast<unsigned>(count);
  EXPECT_GE(rest, left);
  EXPECT_EQ(strategy.progress().left_min, 0U);
}

TYPED_TEST(Splittable, RefusesWhatIsNoPart) {
  rc::check("any bytes are a part, or are refused", [] {
    const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    TypeParam strategy;
    if (strategy.resume(bytes)) return;
    RC_ASSERT(strategy.begin_execution() != sim::SearchStatus::running);
  });
}

TYPED_TEST(Splittable, AChangedPartIsRefusedOrDoesNotFitOrRunsSomethingElse) {
  const sim::Program program = example("count/bankrace:n=2");
  TypeParam strategy;
  run(strategy, program, 5);
  const std::string part = strategy.save();
  rc::check("no crash, no endless loop", [&] {
    std::string changed = part;
    const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
    changed[at] = *rc::gen::arbitrary<char>();
    TypeParam other;
    if (other.resume(changed)) run(other, program, 300);
  });
}

template <class Strategy>
class Shares : public testing::Test {};
using SharingStrategies = testing::Types<sim::ExhaustiveStrategy, sim::BoundedStrategy>;
TYPED_TEST_SUITE(Shares, SharingStrategies);

TYPED_TEST(Shares, AddUpToTheWholeTree) {
  const sim::Program program = example("count/bankrace:n=2");
  TypeParam strategy;
  double share = 0;
  for (int i = 0; i < 216; ++i) {
    run(strategy, program, 1);
    EXPECT_GT(*strategy.progress().share, share);
    share = *strategy.progress().share;
  }
  EXPECT_NEAR(share, 1, 1e-9);
  EXPECT_EQ(strategy.begin_execution(), sim::SearchStatus::exhausted);
  EXPECT_NEAR(*strategy.progress().share, 1, 1e-9);
}

TEST(Shares, OfPartsAddUpToo) {
  const sim::Program program = example("count/bankrace:n=2");
  sim::ExhaustiveStrategy one;
  run(one, program, 10);
  sim::ExhaustiveStrategy two;
  const double before = *two.progress().share;
  ASSERT_TRUE(two.resume(*one.split()));
  EXPECT_NEAR(*two.progress().share, before, 1e-9) << "nothing of it is explored yet";
  run(one, program);
  run(two, program);
  EXPECT_NEAR(*one.progress().share + *two.progress().share, 1, 1e-9);
}

// ---------------------------------------------------------------------------------------------
// The encoding of work units and messages

RC_GTEST_PROP(Branch, IsReadAsItWasWritten, ()) {
  sim::Branch branch;
  const auto task = rc::gen::map(rc::gen::inRange<std::size_t>(0, 9), sim::task_at);
  branch.steps = *rc::gen::container<std::vector<sim::TaskId>>(task);
  if (branch.steps.size() > 3) branch.wakeup_sequences = {{1, 2, sim::task_at(3)}};
  branch.choices = {{sim::task_at(1), *rc::gen::inRange(0U, 1000U)}};
  branch.alternatives = 1000;
  branch.origins = {{sim::task_at(0), 0}, {sim::task_at(0), 1}, {sim::task_at(1), 300}};
  const auto bytes_of = [](const sim::Branch& written) {
    std::string bytes;
    sim::ByteWriter out{bytes};
    written.write(out);
    return bytes;
  };
  std::string bytes = bytes_of(branch);
  sim::Branch read;
  RC_ASSERT(read.read(bytes));
  RC_ASSERT(read.is_well_formed());
  RC_ASSERT(bytes_of(read) == bytes);
  RC_ASSERT(read.steps == branch.steps);
  bytes.pop_back();
  RC_ASSERT(!read.read(bytes));
}

TEST(Branch, HasAtMostAsManyTasksAsAnExecution) {
  sim::Branch branch;
  branch.origins.resize(sim::kTasksMax);
  EXPECT_TRUE(branch.is_well_formed());
  branch.origins.emplace_back();
  EXPECT_FALSE(branch.is_well_formed());
}

TEST(SavedSearch, IsReadAsItWasWritten) {
  sim::Exploration found;
  found.reason = sim::StopReason::nondeterminism;
  found.problem = "step 3";
  found.executions = 1'000'000'007;
  found.failures = 5;
  found.max_depth = 77;
  found.interleaved = true;
  sim::FailureGroup group;
  group.id = 0xFEDCBA9876543210ULL;
  group.executions = 5;
  group.reproduction = sim::Reproduction{1, 2};
  group.simplest_trace = {
      {sim::task_at(1), sim::OperationKind::store, false, true, {}, ~std::uint64_t{0}}};
  found.groups.push_back(group);
  sim::Exploration read;
  ASSERT_TRUE(sim::from_bytes(sim::to_bytes(found), read));
  EXPECT_EQ(sim::to_bytes(read), sim::to_bytes(found));
  EXPECT_EQ(read.groups.at(0).simplest_trace, group.simplest_trace);
  EXPECT_EQ(read.problem, "step 3");
  rc::check("cut off anywhere, it is refused or shorter", [&] {
    const std::string bytes = sim::to_bytes(found);
    const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
    sim::Exploration part;
    if (sim::from_bytes(bytes.substr(0, size), part)) RC_ASSERT(part.groups.empty());
  });
}

TEST(MessagePipe, DeliversMessagesOfAnySizeInOrder) {
  auto [left, right] = sim::MessagePipe::make();
  EXPECT_FALSE(right.receive());
  const std::string large(300'000, 'x');
  ASSERT_TRUE(left.send(""));
  ASSERT_TRUE(left.send("text"));
  EXPECT_EQ(right.wait(), "");
  EXPECT_EQ(right.receive(), "text");
  std::thread sender{[&left = left, &large] { EXPECT_TRUE(left.send(large)); }};
  EXPECT_EQ(right.wait(), large) << "it arrives in pieces";
  sender.join();
  left.close();
  EXPECT_FALSE(right.wait()) << "the other end is gone";
  EXPECT_FALSE(right.send("text"));
}

}  // namespace
