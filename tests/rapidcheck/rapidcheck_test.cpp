// Properties over inputs and schedules: what passes, what is found, shrunk, written and replayed.

#include <sim/rapidcheck.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>
#include <tests/tools/process.hpp>

namespace {

using racelab_test::read_file;
using racelab_test::TemporaryDirectory;
using racelab_test::write_file;
using sim::check_property;
using sim::PropertyCase;
using sim::PropertyOptions;
using sim::PropertyReport;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Adds each number in a task of its own, with a load and a store.
PropertyCase adds_up(const std::vector<int>& numbers) {
  return sim::Body{[numbers] {
    sim::atomic<int> sum{0, "sum"};
    std::vector<sim::thread> tasks;
    for (const int number : numbers) {
      tasks.emplace_back([&sum, number] { sum.store(sum.load() + number); });
    }
    for (sim::thread& task : tasks) task.join();
    SIM_EXPECT(sum.peek() == std::accumulate(numbers.begin(), numbers.end(), 0));
  }};
}

/// A number below `bound`, as large in the first cases as in the last.
int below(int bound) {
  return *rc::gen::resize(100, rc::gen::inRange(0, bound));
}

/// Up to four numbers below 100.
std::vector<int> few_numbers() {
  return *rc::gen::resize(
      4, rc::gen::container<std::vector<int>>(rc::gen::resize(100, rc::gen::inRange(0, 100))));
}

PropertyCase few_add_up() {
  return adds_up(few_numbers());
}

/// `tasks` tasks that make one step each on one object: as many traces as orders.
PropertyCase orders(std::uint32_t tasks) {
  return sim::Body{[tasks] {
    sim::atomic<int> counter{0, "counter"};
    std::vector<sim::thread> threads;
    for (std::uint32_t i = 0; i < tasks; ++i) {
      threads.emplace_back([&counter] { counter.fetch_add(1); });
    }
    for (sim::thread& thread : threads) thread.join();
  }};
}

class Properties : public testing::Test {
 protected:
  [[nodiscard]] const std::filesystem::path& here() const { return directory_.path(); }
  [[nodiscard]] std::string path(const std::string& name) const { return (here() / name).string(); }
  [[nodiscard]] PropertyOptions options() const {
    PropertyOptions options;
    options.seed = 1;
    options.test.directory = here().string();
    options.test.replay_command = [](const std::string& file) { return "again " + file; };
    return options;
  }
  [[nodiscard]] PropertyOptions replaying(const std::string& file) const {
    PropertyOptions replay = options();
    replay.test.replay = file;
    return replay;
  }
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{here()}) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(Properties, APassSaysHowManyCasesWereExploredCompletely) {
  PropertyOptions hundred = options();
  hundred.cases = 100;
  std::uint64_t cases = 0;
  std::uint64_t interleaved = 0;
  std::uint64_t executions = 0;
  const PropertyReport report = check_property(
      "orders",
      [&] {
        const auto tasks = *rc::gen::inRange(0U, 6U);
        ++cases;
        interleaved += tasks > 1 ? 1 : 0;
        std::uint64_t all = 1;
        for (std::uint64_t i = 2; i <= tasks; ++i) all *= i;
        executions += all;
        return orders(tasks);
      },
      hundred);
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.cases, 100U);
  EXPECT_EQ(report.cases, cases);
  EXPECT_EQ(report.complete, cases);
  EXPECT_EQ(report.interleaved, interleaved);
  EXPECT_EQ(report.executions, executions);
  EXPECT_THAT(report.summary, StartsWith("100 cases, 100 of them explored completely; "));
  EXPECT_EQ(report.text, report.summary + "\n");
  EXPECT_TRUE(files().empty());
}

TEST_F(Properties, ALargeCaseIsSearchedAndThenSampledWithinItsBudget) {
  PropertyOptions small = options();
  small.cases = 3;
  small.test.search.executions = 101;
  const PropertyReport report = check_property(
      "orders", [] { return orders(6); }, small);
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.complete, 0U);
  EXPECT_EQ(report.executions, 303U);  // 720 interleavings for each input
}

TEST_F(Properties, AGivenStrategyHasTheWholeBudget) {
  PropertyOptions exhaustive = options();
  exhaustive.cases = 2;
  ASSERT_EQ(set_test_option(exhaustive.test, "strategy", "exhaustive"), "");
  const PropertyReport report = check_property(
      "orders", [] { return orders(6); }, exhaustive);
  EXPECT_EQ(report.complete, 2U) << report.text;
  EXPECT_EQ(report.executions, 1440U);
}

TEST_F(Properties, AProgramThatTracesDoNotFitIsSampled) {
  const PropertyReport report = check_property(
      "transient",
      [] {
        return [] {
          sim::atomic<int> x{0, "x"};
          sim::thread setter{[&] {
            const sim::Invariant small{"small", {x.id()}, [&] { return x.peek() < 9; }};
            x.store(1);
          }};
          x.store(2);
          setter.join();
        };
      },
      options());
  EXPECT_TRUE(report.passed()) << report.text;
}

TEST_F(Properties, InputAndInterleavingAreShrunk) {
  const PropertyReport report = check_property("adds up", few_add_up, options());
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.input, "std::vector<int>:\n[0, 1]\n");
  ASSERT_TRUE(report.recording);
  EXPECT_EQ(report.recording->preemptions(), 1U);
  EXPECT_EQ(report.recording->steps(), 4U);
  EXPECT_EQ(files(), (std::set<std::string>{"adds-up.schedule"}));
  EXPECT_EQ(report.schedule, path("adds-up.schedule"));
  EXPECT_THAT(report.text, HasSubstr("recorded in " + report.schedule + "\nreplay it:  again " +
                                     report.schedule + "\n"));
  EXPECT_THAT(report.text, testing::EndsWith(report.summary + "\n"));
  EXPECT_THAT(read_file(report.schedule), HasSubstr(", input " + report.reproduce + ":"));
}

TEST_F(Properties, TheScheduleRunsItsInputAndItsInterleavingAgain) {
  const PropertyReport found = check_property("adds up", few_add_up, options());
  const PropertyReport again = check_property("adds up", few_add_up, replaying(found.schedule));
  EXPECT_TRUE(again.failed());
  EXPECT_EQ(again.input, found.input);
  EXPECT_EQ(again.summary, "replayed: the recorded outcome happened again");
  EXPECT_THAT(again.text, HasSubstr("[0, 1]"));
  ASSERT_TRUE(again.recording && found.recording);
  EXPECT_EQ(again.recording->outcome.summary(), found.recording->outcome.summary());
  EXPECT_EQ(again.recording->schedule_entries().size(), 4U);
}

TEST_F(Properties, TheSameSeedGivesTheSameReportAndWritesNothingTwice) {
  const PropertyReport first = check_property("adds up", few_add_up, options());
  const std::string written = read_file(first.schedule);
  const PropertyReport second = check_property("adds up", few_add_up, options());
  EXPECT_EQ(racelab_test::replaced(second.text, "already recorded", "recorded"), first.text);
  EXPECT_EQ(files(), (std::set<std::string>{"adds-up.schedule"}));
  EXPECT_EQ(read_file(first.schedule), written);
}

TEST_F(Properties, NoFileIsOverwritten) {
  write_file(path("adds-up.schedule"), "mine");
  write_file(path("adds-up-unshrunk.schedule"), "mine too");
  const PropertyReport report = check_property("adds up", few_add_up, options());
  EXPECT_EQ(report.schedule, path("adds-up-2.schedule"));
  EXPECT_EQ(read_file(path("adds-up.schedule")), "mine");
  EXPECT_EQ(read_file(path("adds-up-unshrunk.schedule")), "mine too");
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(Properties, WhereNoFileCanBeWrittenTheScheduleIsInTheReport) {
  write_file(path("file"), "");
  PropertyOptions nowhere = options();
  nowhere.test.directory = path("file");
  const PropertyReport report = check_property("adds up", few_add_up, nowhere);
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.schedule, "");
  EXPECT_THAT(report.text, HasSubstr("the schedule that was not written:\nracelab schedule"));
}

TEST_F(Properties, AFailureIsNotLostWhereShrinkingIsKilled) {
  int failed_before = 0;
  const auto dies_at_the_third = [&]() -> PropertyCase {
    const std::vector<int> numbers = few_numbers();
    if (std::filesystem::exists(path("adds-up-unshrunk.schedule")) && ++failed_before == 3) {
      static_cast<void>(std::raise(SIGKILL));
    }
    return adds_up(numbers);
  };
  EXPECT_EXIT(check_property("adds up", dies_at_the_third, options()),
              testing::KilledBySignal(SIGKILL), "");
  EXPECT_EQ(files(), (std::set<std::string>{"adds-up-unshrunk.schedule"}));
  const PropertyReport again =
      check_property("adds up", few_add_up, replaying(path("adds-up-unshrunk.schedule")));
  EXPECT_EQ(again.summary, "replayed: the recorded outcome happened again");
}

TEST_F(Properties, AnotherFailureOfASmallerInputIsKeptButNotShrunkTo) {
  PropertyOptions large = options();
  large.seed = 4;  // which begins with a large input
  const auto two_bugs = [] {
    const int size = below(100);
    return [size] {
      sim::atomic<int> shared{0, "shared"};
      sim::thread task{[&] { shared.store(1); }};
      if (size >= 50) SIM_EXPECT(shared.load() == 0);
      if (size > 10 && size < 50) SIM_EXPECT(shared.load() == 1);
      task.join();
    };
  };
  const PropertyReport report = check_property("two bugs", two_bugs, large);
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.input, "int:\n50\n") << report.text;
  EXPECT_EQ(files(), (std::set<std::string>{"two-bugs-other.schedule", "two-bugs.schedule"}));
  EXPECT_THAT(report.text, HasSubstr("a smaller input fails in another way: assertion "
                                     "\"shared.load() == 1\"\nrecorded in "));
  const PropertyReport other =
      check_property("two bugs", two_bugs, replaying(path("two-bugs-other.schedule")));
  EXPECT_EQ(other.summary, "replayed: the recorded outcome happened again");
  EXPECT_EQ(other.input, "int:\n48\n");
}

TEST_F(Properties, APropertyMayFailByItself) {
  const PropertyReport report = check_property(
      "by itself",
      [] {
        const int number = below(100);
        RC_ASSERT(number < 7);
        return orders(2);
      },
      options());
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.input, "int:\n7\n");
  EXPECT_FALSE(report.recording);
  EXPECT_THAT(report.text, HasSubstr("number < 7"));
  EXPECT_THAT(report.text, HasSubstr("run this input again:  RC_PARAMS=\"reproduce="));
  EXPECT_TRUE(files().empty());
}

TEST_F(Properties, WhatFailsByItselfIsNoSmallerFormOfWhatFailsInAnInterleaving) {
  const PropertyReport report = check_property(
      "both",
      [] {
        const int number = below(100);
        RC_ASSERT(number == 0 || number > 20);
        return adds_up({number, number});
      },
      options());
  EXPECT_EQ(report.input, "int:\n21\n") << report.text;
  EXPECT_TRUE(report.recording);
}

TEST_F(Properties, CasesMayBeDiscardedAndClassified) {
  PropertyOptions hundred = options();
  hundred.cases = 100;
  const PropertyReport report = check_property(
      "odd",
      [] {
        const auto tasks = static_cast<std::uint32_t>(below(4));
        RC_PRE(tasks % 2 == 1);
        RC_CLASSIFY(tasks == 3, "three tasks");
        return orders(tasks);
      },
      hundred);
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.cases, 100U);
  EXPECT_THAT(report.text, HasSubstr("three tasks"));
}

TEST_F(Properties, DoNotPassWhereAllIsDiscarded) {
  const PropertyReport report = check_property(
      "nothing",
      [] {
        RC_DISCARD("none will do");
        return orders(2);
      },
      options());
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("Gave up"));
}

TEST_F(Properties, DoNotPassWhereNoCaseCouldInterleave) {
  const auto alone = [] { return orders(*rc::gen::inRange(0U, 2U)); };
  const PropertyReport report = check_property("alone", alone, options());
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.interleaved, 0U);
  PropertyOptions permitted = options();
  permitted.test.must_interleave = false;
  EXPECT_TRUE(check_property("alone", alone, permitted).passed());
}

TEST_F(Properties, AProgramThatIsNotDeterministicFails) {
  int executions = 0;
  const PropertyReport report = check_property(
      "counts",
      [&] {
        return [&executions] {
          sim::atomic<int> shared{0, "shared"};
          sim::thread task{[&] { shared.store(++executions); }};
          shared.load();
          task.join();
        };
      },
      options());
  EXPECT_TRUE(report.failed());
  EXPECT_FALSE(report.recording);
  EXPECT_THAT(report.text, HasSubstr("NOT DETERMINISTIC  execution 1: "));
}

PropertyCase crashes_from_three_on() {
  const int number = below(100);
  return [number] {
    sim::atomic<int> shared{0, "shared"};
    sim::thread task{[&] { shared.store(1); }};
    if (shared.load() == 1 && number >= 3) static_cast<void>(std::raise(SIGSEGV));
    task.join();
  };
}

TEST_F(Properties, ACrashIsShrunkLikeAnyFailureWhereCasesAreIsolated) {
  PropertyOptions isolated = options();
  isolated.test.isolate = true;
  isolated.cases = 20;
  const PropertyReport report = check_property("crashes", crashes_from_three_on, isolated);
  EXPECT_TRUE(report.failed());
  EXPECT_EQ(report.input, "int:\n3\n") << report.text;
  ASSERT_TRUE(report.recording);
  EXPECT_EQ(report.recording->outcome.kind, sim::OutcomeKind::crash);
  EXPECT_THAT(report.text, Not(HasSubstr("deterministic")));
  const PropertyReport again =
      check_property("crashes", crashes_from_three_on, replaying(report.schedule));
  EXPECT_EQ(again.summary, "replayed: the recorded outcome happened again");
}

TEST_F(Properties, AnExpectedFailureIsShrunkAndNotWritten) {
  PropertyOptions expecting = options();
  expecting.expected = sim::ExpectedFailure{sim::OutcomeKind::assertion, "sum.peek()"};
  const PropertyReport report = check_property("adds up", few_add_up, expecting);
  EXPECT_TRUE(report.passed()) << report.text;
  EXPECT_EQ(report.input, "std::vector<int>:\n[0, 1]\n");
  EXPECT_TRUE(files().empty());
}

TEST_F(Properties, AnExpectedFailureThatDoesNotComeFails) {
  PropertyOptions expecting = options();
  expecting.expected = sim::OutcomeKind::deadlock;
  const PropertyReport passes = check_property(
      "orders", [] { return orders(2); }, expecting);
  EXPECT_TRUE(passes.failed());
  EXPECT_THAT(passes.text, StartsWith("NOT FOUND  deadlock\n"));
  const PropertyReport other = check_property("adds up", few_add_up, expecting);
  EXPECT_TRUE(other.failed());
  EXPECT_THAT(other.text, StartsWith("ANOTHER FAILURE  than deadlock\n"));
  EXPECT_EQ(files(), (std::set<std::string>{"adds-up.schedule"}));
}

TEST_F(Properties, AScheduleOfAnotherPropertyIsSkipped) {
  const PropertyReport found = check_property("adds up", few_add_up, options());
  const PropertyReport other = check_property("another", few_add_up, replaying(found.schedule));
  EXPECT_EQ(other.verdict, PropertyReport::Verdict::skipped);
  EXPECT_EQ(other.text, found.schedule + " is a schedule of adds up, not of this property\n");
}

TEST_F(Properties, AScheduleThatIsNoneFails) {
  write_file(path("none.schedule"), "nothing\n");
  const PropertyReport report =
      check_property("adds up", few_add_up, replaying(path("none.schedule")));
  EXPECT_TRUE(report.failed());
  EXPECT_THAT(report.text, HasSubstr("none.schedule:1:1: "));
  EXPECT_TRUE(check_property("adds up", few_add_up, replaying(path("missing"))).failed());
}

TEST_F(Properties, AnInputThatWasDamagedIsNoInput) {
  const PropertyReport found = check_property("adds up", few_add_up, options());
  const std::string text = read_file(found.schedule);
  const std::size_t begin = text.find("reproduce=") + std::string{"reproduce="}.size();
  const std::size_t end = text.find('\n', begin);
  for (std::size_t at = begin; at < end; ++at) {
    std::string damaged = text;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    write_file(path("damaged.schedule"), damaged);
    const PropertyReport report =
        check_property("adds up", few_add_up, replaying(path("damaged.schedule")));
    EXPECT_TRUE(report.failed());
    EXPECT_EQ(report.text, path("damaged.schedule") +
                               ": the input at the end of its line \"found-by\" is damaged\n");
  }
  write_file(path("none.schedule"), text.substr(0, text.find(", input")) + text.substr(end));
  EXPECT_EQ(check_property("adds up", few_add_up, replaying(path("none.schedule"))).text,
            path("none.schedule") + " names no input of a property\n");
}

TEST_F(Properties, OptionsThatMeanNothingAreRefusedBeforeAnyCase) {
  const auto refused = [&](const std::function<void(PropertyOptions&)>& change) {
    PropertyOptions wrong = options();
    change(wrong);
    const auto not_reached = []() -> PropertyCase { throw std::logic_error("a case was made"); };
    EXPECT_THROW(check_property("wrong", not_reached, wrong), sim::UsageError);
  };
  refused([](PropertyOptions& wrong) { wrong.cases = 0; });
  refused([](PropertyOptions& wrong) { wrong.test.search.strategy = "none"; });
  refused([](PropertyOptions& wrong) { wrong.test.search.executions = 0; });
  refused([](PropertyOptions& wrong) { wrong.test.search.pct_depth = 0; });
  refused([](PropertyOptions& wrong) { wrong.test.steps_max = 0; });
  refused([](PropertyOptions& wrong) { wrong.test.jobs = 0; });
}

}  // namespace
