#include <sim/search/measure.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/base/trace.hpp>
#include <sim/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/options.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/draws.hpp>

namespace {

using testing::ElementsAre;

// Converts to tuples, which can be compared and printed.
auto tasks_of(const sim::Measurement& measured) {
  std::vector<std::tuple<std::size_t, std::uint32_t, std::uint32_t>> tasks;
  for (const auto& task : measured.tasks) {
    tasks.emplace_back(task.parent, task.child_number, task.steps);
  }
  return tasks;
}
auto objects_of(const sim::Measurement& measured) {
  std::vector<std::tuple<std::size_t, std::uint32_t, std::uint32_t>> objects;
  for (const auto& object : measured.objects) {
    objects.emplace_back(object.creator, object.ordinal, object.steps);
  }
  return objects;
}
auto accesses_of(const sim::Measurement::Task& task) {
  std::vector<std::tuple<std::size_t, std::uint32_t, bool>> accesses;
  for (const auto& access : task.accesses) {
    accesses.emplace_back(access.object, access.steps, access.writes);
  }
  return accesses;
}

TEST(Measure, CountsStepsByTaskAndByObject) {
  // Task 2 stores x, then task 1 loads it twice under m. There is only one order, so the numbers
  // are exact.
  const sim::Program program{{}, {}, [] {
                               sim::mutex m{"m"};
                               sim::atomic<int> x{0, "x"};
                               sim::thread{[&] { x.store(1); }}.join();
                               sim::thread reader{[&] {
                                 m.lock();
                                 static_cast<void>(x.load());
                                 static_cast<void>(x.load());
                                 m.unlock();
                               }};
                               reader.join();
                             }};
  const sim::Measurement measured = sim::measure(program, {}, 1);
  EXPECT_EQ(measured.length, 5U);
  using T = std::tuple<std::size_t, std::uint32_t, std::uint32_t>;
  EXPECT_THAT(tasks_of(measured), ElementsAre(T{0, 0, 0}, T{0, 1, 1}, T{0, 2, 4}));
  // Objects are in the order of their first steps. x is main's second object, m its first one after
  // the clock.
  EXPECT_THAT(objects_of(measured), ElementsAre(T{0, 2, 3}, T{0, 1, 2}));
  using A = std::tuple<std::size_t, std::uint32_t, bool>;
  EXPECT_THAT(accesses_of(measured.tasks[1]), ElementsAre(A{0, 1, true}));
  EXPECT_THAT(accesses_of(measured.tasks[2]), ElementsAre(A{0, 2, false}, A{1, 2, true}));
}

TEST(Measure, TellsTasksAndObjectsApartByWhereTheyComeFrom) {
  // It depends on the interleaving whether task 1 or 2 makes its task first, and so do the TaskIds.
  const sim::Program program{{}, {}, [] {
                               sim::atomic<int> x{0, "x"};
                               const auto make_task = [&x](int steps) {
                                 x.fetch_add(1);
                                 sim::thread inner{[steps] {
                                   sim::atomic<int> own{0};
                                   for (int i = 0; i < steps; ++i) own.fetch_add(1);
                                 }};
                                 inner.join();
                               };
                               sim::thread one{make_task, 3};
                               sim::thread two{make_task, 5};
                               one.join();
                               two.join();
                             }};
  const sim::Measurement measured = sim::measure(program, {}, 1);
  EXPECT_EQ(measured.length, 12U);      // with the ends of the two objects
  std::vector<std::uint32_t> inner(3);  // by parent
  for (const auto& task : measured.tasks) {
    if (task.parent == 0) continue;
    EXPECT_EQ(task.child_number, 1U);
    inner.at(task.parent) = task.steps;
  }
  EXPECT_THAT(inner, ElementsAre(0U, 4U, 6U));
  ASSERT_EQ(measured.tasks.size(), 5U);
  ASSERT_EQ(measured.objects.size(), 3U);
  for (const auto& object : measured.objects) {
    EXPECT_EQ(object.ordinal, object.creator == 0 ? 1U : 0U);
    EXPECT_EQ(object.steps, object.creator == 0 ? 2U : measured.tasks[object.creator].steps);
  }
}

TEST(Measure, IsTheLongestOfItsExecutions) {
  // An execution has 10 steps if the second withdrawal finds money, otherwise 6. A random walk
  // finds money in more than half of the executions.
  const sim::Measurement measured =
      sim::measure(sim::test::make_program("count/bankrace:n=2"), {}, 1);
  EXPECT_EQ(measured.length, 10U);
  EXPECT_EQ(measured.tasks.at(1).steps, 5U);
  EXPECT_EQ(measured.tasks.at(2).steps, 5U);
}

TEST(Measure, IsTheSameForASeedAndOfTheStatedSize) {
  std::uint64_t executions = 0;
  const sim::Program inner = sim::test::make_program("count/bankrace:n=3");
  const sim::Program program{{}, {}, [&] {
                               ++executions;
                               inner.body();
                             }};
  const sim::Measurement one = sim::measure(program, {}, 5);
  EXPECT_EQ(executions, sim::kMeasuredExecutions);
  const sim::Measurement two = sim::measure(program, {}, 5);
  EXPECT_EQ(tasks_of(one), tasks_of(two));
  EXPECT_EQ(objects_of(one), objects_of(two));
}

TEST(Measure, KeepsToItsOptions) {
  sim::EngineOptions options{.steps_max = 4};
  std::vector<sim::TraceEntry> entries(options.trace_entries());
  std::uint64_t size = 0;
  options.trace_memory = {entries, &size};
  const sim::Measurement measured =
      sim::measure(sim::test::make_program("count/ainc:n=9"), options, 1);
  EXPECT_EQ(measured.length, 4U);
  EXPECT_EQ(size, 4U);
  EXPECT_TRUE(entries[3].is_step());
}

/// The digests of the executions that a search for `program` runs with these options.
std::vector<std::uint64_t> digests(const sim::Program& program, const sim::SearchOptions& search) {
  sim::EngineOptions options;
  options.after_failure = sim::AfterFailure::continue_;
  const auto strategy = sim::strategy_maker(program, search)(options);
  sim::Engine engine{options};
  std::vector<std::uint64_t> found;
  sim::Executions<> executions{engine, program.body, *strategy};
  while (executions.next()) found.push_back(engine.trace().digest());
  return found;
}

TEST(MeasuredStrategy, MeasuresWithinItsBudgetAndRepeatsEachExecutionByItsNumber) {
  const sim::Program program = sim::test::make_program("count/bankrace:n=3");
  sim::SearchOptions walk;
  walk.strategy = "random";
  walk.seed = 5;
  walk.executions = sim::kMeasuredExecutions;
  const std::vector<std::uint64_t> measured = digests(program, walk);
  for (const char* const name : {"pct", "surw"}) {
    sim::SearchOptions search = walk;
    search.strategy = name;
    search.executions = 3;
    EXPECT_EQ(digests(program, search).size(), 3U) << name;
    search.executions = 30;
    const std::vector<std::uint64_t> all = digests(program, search);
    ASSERT_EQ(all.size(), 30U) << name;
    EXPECT_TRUE(std::equal(measured.begin(), measured.end(), all.begin())) << name;
    EXPECT_GT(std::set<std::uint64_t>(all.begin() + 10, all.end()).size(), 3U) << name;
    search.executions = 1;
    for (std::uint64_t i = 0; i < all.size(); ++i) {
      search.from = i;
      EXPECT_EQ(digests(program, search), std::vector{all[i]}) << name << ", execution " << i;
    }
  }
}

}  // namespace
