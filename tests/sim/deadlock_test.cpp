// Which of the tasks that cannot continue are deadlocked, and which only wait for a bound.

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include <sim/base/task_set.hpp>
#include <sim/engine/deadlock.hpp>

namespace {

using sim::task_at;
using sim::TaskSet;
using sim::WaitState;

TaskSet set_of(std::initializer_list<std::size_t> tasks) {
  TaskSet set;
  for (const std::size_t task : tasks) set.insert(task_at(task));
  return set;
}

TaskSet stuck(const std::vector<WaitState>& waiting) {
  return sim::stuck_tasks(waiting);
}

TEST(StuckTasks, AreThoseOfACircle) {
  EXPECT_EQ(stuck({{task_at(1), false, set_of({2})}, {task_at(2), false, set_of({1})}}),
            set_of({1, 2}));
}

TEST(StuckTasks, AreThoseThatWaitForATaskThatHasEnded) {
  EXPECT_EQ(stuck({{task_at(0), false, set_of({1})}}), set_of({0}));
}

TEST(StuckTasks, AreAllThatWaitForAnybodyIfNobodyIsFree) {
  EXPECT_EQ(stuck({{task_at(0), false, {}}, {task_at(1), false, {}}}), set_of({0, 1}));
}

TEST(StuckTasks, AreNotThoseThatTimeWouldLetGoOn) {
  EXPECT_EQ(stuck({{task_at(1), true, set_of({2})}, {task_at(2), false, set_of({3})}}),
            set_of({2}));
}

TEST(StuckTasks, AreNotThoseThatWaitForAFreeTaskDirectlyOrNot) {
  EXPECT_EQ(stuck({{task_at(1), false, set_of({2})},
                   {task_at(2), false, set_of({3})},
                   {task_at(3), true, {}}}),
            TaskSet{});
  EXPECT_EQ(stuck({{task_at(0), false, {}}, {task_at(3), true, {}}}), TaskSet{});
}

TEST(StuckTasks, WithOneFreeHolderOfSeveralIsNotStuck) {
  EXPECT_EQ(stuck({{task_at(1), false, set_of({2, 3})},
                   {task_at(2), false, set_of({1})},
                   {task_at(3), true, {}}}),
            TaskSet{});
}

}  // namespace
