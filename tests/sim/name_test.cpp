#include <sim/base/name.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/engine/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/history/history.hpp>
#include <sim/schedule/replay_strategy.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/sync.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::Name;
using sim::test::run;
using testing::ElementsAre;

// A literal converts to a name, also in a constant expression.
constexpr Name kDoor = "door";
constexpr Name kSecondDoor{"door", 2};
static_assert(kDoor.text() == "door" && kDoor.index() < 0);
static_assert(kSecondDoor.text() == "door" && kSecondDoor.index() == 2);
static_assert(Name{}.text().empty());

// Other text is copied.
static_assert(!std::is_constructible_v<Name, std::nullptr_t>);
static_assert(!std::is_constructible_v<Name, int>);

template <class Primitive, class... Before>
constexpr bool kTakesAnyText = std::is_constructible_v<Primitive, Before..., Name>&&
    std::is_constructible_v<Primitive, Before..., const char*>&&
        std::is_constructible_v<Primitive, Before..., char (&)[5]>&&
            std::is_constructible_v<Primitive, Before..., std::string>&&
                std::is_constructible_v<Primitive, Before..., std::string_view>;

static_assert(kTakesAnyText<sim::atomic<int>, int>);
static_assert(kTakesAnyText<sim::atomic_flag>);
static_assert(kTakesAnyText<sim::barrier<>, int, sim::NoCompletion>);
static_assert(kTakesAnyText<sim::binary_semaphore, int>);
static_assert(kTakesAnyText<sim::channel<int>, std::size_t>);
static_assert(kTakesAnyText<sim::condition_variable>);
static_assert(kTakesAnyText<sim::condition_variable_any>);
static_assert(kTakesAnyText<sim::latch, int>);
static_assert(kTakesAnyText<sim::mutex>);
static_assert(kTakesAnyText<sim::once_flag>);
static_assert(kTakesAnyText<sim::promise<int>>);
static_assert(kTakesAnyText<sim::recursive_mutex>);
static_assert(kTakesAnyText<sim::recursive_timed_mutex>);
static_assert(kTakesAnyText<sim::shared_mutex>);
static_assert(kTakesAnyText<sim::shared_timed_mutex>);
static_assert(kTakesAnyText<sim::stop_source>);
static_assert(kTakesAnyText<sim::timed_mutex>);
static_assert(kTakesAnyText<sim::var<int>, int>);
static_assert(kTakesAnyText<sim::HistoryRecorder<int, int>>);

TEST(Name, KeepsTheTextItWasMadeFrom) {
  std::string text = "a door with a long name";
  Name made = sim::name(text);
  const Name indexed = sim::name(text, 7);
  text = "something else altogether";
  EXPECT_EQ(made.text(), "a door with a long name");
  EXPECT_LT(made.index(), 0);
  EXPECT_EQ(indexed.text(), "a door with a long name");
  EXPECT_EQ(indexed.index(), 7);
}

TEST(Name, CopiesWhatIsNotALiteral) {
  std::string text = "a door with a long name";
  char buffer[] = "buffer";
  const Name of_text = text;
  const Name of_pointer{text.c_str(), 1};
  const Name of_buffer = buffer;
  text = "something else altogether";
  buffer[0] = 'x';
  EXPECT_EQ(of_text.text(), "a door with a long name");
  EXPECT_EQ(of_pointer.text(), "a door with a long name");
  EXPECT_EQ(of_pointer.index(), 1);
  EXPECT_EQ(of_buffer.text(), "buffer");
}

TEST(Name, IsKeptOnceForEachText) {
  const Name first = sim::name(std::string{"shared"});
  const Name second = sim::name(std::string{"shared"}, 1);
  EXPECT_EQ(second.text().data(), first.text().data());
  EXPECT_NE(sim::name(std::string{"other"}).text().data(), first.text().data());
}

// Names are copied into the engine's table in each of millions of executions.
static_assert(std::is_trivially_copyable_v<Name> && std::is_trivially_destructible_v<Name>);

TEST(Name, IsALiteralThatAnotherFunctionPassesOn) {
  const auto execution = run([] {
    const auto first = std::make_unique<sim::atomic<int>>(0, "first");
    const auto second = std::make_unique<sim::mutex>("second");
    first->store(1);
    const std::lock_guard lock{*second};
  });
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 store first = 1", "0 lock second", "0 unlock second"));
}

TEST(Name, MayBeALiteralWithAnIndexOrMadeOfText) {
  const auto execution = run([] {
    sim::atomic<int> first{0, "counter"};
    sim::atomic<int> next{0, {"next", 0}};
    sim::atomic<int> owned{0, sim::name(std::string{"cou"} + "nter", 3)};
    for (sim::atomic<int>* each : {&first, &next, &owned}) each->store(1);
  });
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 store counter = 1", "0 store next[0] = 1", "0 store counter[3] = 1"));
}

TEST(Name, OfAnEmptyTextLeavesItToTheEngine) {
  const auto execution = run([] {
    sim::atomic<int> unnamed{0, sim::name(std::string{})};
    unnamed.store(1);
  });
  EXPECT_THAT(execution.steps(), ElementsAre("0 store 0.atomic1 = 1"));
}

TEST(Name, IsShownAfterTheObjectAndItsTextAreGone) {
  sim::Engine engine;
  sim::test::InOrder strategy{{}};
  strategy.begin_execution();
  sim::ObjectId id{};
  const sim::Body body = [&] {
    const auto counter = std::make_unique<sim::atomic<int>>(0, sim::name(std::string(40, 'x')));
    id = counter->id();
    counter->store(1);
  };
  engine.run(body, strategy);
  EXPECT_EQ(engine.object_name(id), std::string(40, 'x'));
}

constexpr std::size_t kObjects = 1000;

/// A body that makes each name from a temporary text, and fails.
void make_many_names() {
  std::vector<std::unique_ptr<sim::atomic<int>>> atomics;
  for (std::size_t i = 0; i < kObjects; ++i) {
    const std::string number = std::to_string(i);
    atomics.push_back(std::make_unique<sim::atomic<int>>(
        0, sim::name(std::string{i % 2 == 0 ? "short " : "much too long for a small string "} +
                     number)));
  }
  sim::thread other{[&] {
    for (const auto& each : atomics) each->store(1);
  }};
  for (const auto& each : atomics) each->store(2);
  other.join();
  SIM_ASSERT(atomics.back()->peek() == 1);
}

TEST(Name, AThousandMadeFromTemporariesReplay) {
  std::vector<std::uint32_t> turns;
  for (std::size_t i = 0; i < kObjects; ++i) turns.insert(turns.end(), {1, 0});
  const auto recorded = run(make_many_names, turns);
  ASSERT_EQ(recorded.outcome.kind, sim::OutcomeKind::assertion);
  EXPECT_EQ(recorded.steps().at(2), "1 store much too long for a small string 1 = 1");

  sim::Schedule schedule;
  schedule.entries = recorded.recording.schedule_entries();
  sim::Recorder recorder;
  sim::ReplayStrategy strategy{schedule, recorder};
  strategy.begin_execution();
  sim::Engine engine;
  engine.run(make_many_names, strategy, &recorder);
  strategy.end_execution(engine.trace());
  EXPECT_FALSE(strategy.divergence().has_value());
  EXPECT_EQ(strategy.followed(), 2 * kObjects);
  EXPECT_EQ(engine.outcome().summary(), recorded.outcome.summary());
}

}  // namespace
