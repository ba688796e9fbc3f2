#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/choice.hpp>
#include <sim/base/name_table.hpp>
#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::NameTable;
using sim::object_id;
using sim::ObjectKind;
using sim::task_at;

TEST(NameTable, NamesTasksByTheirOrigins) {
  NameTable names;
  names.add_task({});
  names.add_task({sim::kMainTask, 1});
  names.add_task({task_at(1), 1});
  names.add_task({sim::kMainTask, 2});
  const NameTable copy = names;
  names.clear();
  EXPECT_EQ(copy.task_count(), 4U);
  EXPECT_EQ(copy.task_name(task_at(0)), "0");
  EXPECT_EQ(copy.task_name(task_at(2)), "1.1");
  EXPECT_EQ(copy.task_name(task_at(3)), "2");
  EXPECT_EQ(copy.task_name(task_at(9)), "9");
}

TEST(NameTable, TellsUnnamedObjectsInARowApart) {
  NameTable names;
  names.add_task({});
  names.add_task({sim::kMainTask, 1});
  for (const std::uint32_t ordinal : {1U, 2U, 3U}) {
    names.add_object(object_id(sim::kMainTask, ordinal), ObjectKind::atomic, {});
  }
  names.add_object(object_id(sim::kMainTask, 4), ObjectKind::mutex, {});
  names.add_object(object_id(task_at(1), 0), ObjectKind::mutex, {});
  names.add_object(object_id(task_at(1), 1), ObjectKind::mutex, "m");
  names.add_object(object_id(task_at(1), 2), ObjectKind::mutex, "m");
  EXPECT_EQ(names.object_name(object_id(sim::kMainTask, 3)), "0.atomic3");
  EXPECT_EQ(names.object_name(object_id(sim::kMainTask, 4)), "0.mutex4");
  EXPECT_EQ(names.object_name(object_id(task_at(1), 0)), "1.mutex1");
  EXPECT_EQ(names.object_name(object_id(task_at(1), 1)), "m");
  EXPECT_EQ(names.object_name(object_id(task_at(1), 2)), "m#2");
  EXPECT_EQ(names.object_name(object_id(sim::kMainTask, 5)), "unknown");
  EXPECT_EQ(names.object_name(sim::kClock), "steady_clock");
}

TEST(Objects, MoreOfOneTaskThanHaveIdentitiesAreMisuse) {
  std::uint32_t made = 0;
  const auto execution = sim::test::run([&] {
    for (made = 0; made < sim::kOrdinalMax + 1; ++made) sim::atomic<int> object{0};
  });
  EXPECT_EQ(made, sim::kOrdinalMax);  // the clock has the first identity of the test body
  EXPECT_EQ(execution.outcome.kind, sim::OutcomeKind::misuse);
  EXPECT_EQ(execution.outcome.message(),
            "\"one task makes more than 8388607 shared objects in one execution: make fewer, or "
            "let several tasks make them\"");
  EXPECT_EQ(execution.outcome.place().substr(0, 20), "name_table_test.cpp:");
}

/// Takes the first alternative of each choice, and keeps the data of the choice points.
class Listener final : public sim::Strategy {
 public:
  sim::SearchStatus begin_execution() override { return sim::SearchStatus::running; }
  std::uint32_t choose(const sim::ChoicePoint& point) override {
    points.push_back(point);
    return 0;
  }
  std::vector<sim::ChoicePoint> points;
};

TEST(ChoicePoint, SaysWhoChoosesWhoHasEndedAndWhoIsHeldBack) {
  sim::Engine engine;
  Listener listener;
  engine.run(
      [] {
        sim::atomic<int> x{0, "x"};
        sim::thread one{[&] {
          x.store(1);
          static_cast<void>(sim::choose(2));
          sim::yield();
          x.store(2);
        }};
        sim::thread two{[&] { x.store(3); }};
        one.join();
        two.join();
      },
      listener);
  ASSERT_EQ(listener.points.size(), 4U);
  const auto& [first, value, held, last] =
      std::tie(listener.points[0], listener.points[1], listener.points[2], listener.points[3]);
  EXPECT_EQ(first.kind, sim::ChoiceKind::schedule);
  EXPECT_FALSE(first.current.has_value());
  EXPECT_FALSE(first.chooser.has_value());
  EXPECT_EQ(value.kind, sim::ChoiceKind::value);
  EXPECT_EQ(value.chooser, task_at(1));
  EXPECT_EQ(held.current, task_at(1));
  EXPECT_TRUE(held.current_is_held_back());
  EXPECT_EQ(held.enabled, sim::TaskSet::of(task_at(2)));
  EXPECT_FALSE(last.current_is_held_back());
  EXPECT_EQ(last.ended, sim::TaskSet::of(task_at(2)));
  const auto tasks = engine.trace().tasks();
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[2], (sim::TaskOrigin{sim::kMainTask, 2}));
}

}  // namespace
