// Tests of the table of operations, which must be complete, in order and consistent, and of the
// trace entries that use it.

#include <cstddef>
#include <optional>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

#include <sim/base/operation.hpp>
#include <sim/base/trace.hpp>
#include <sim/memory/conflict.hpp>

namespace {

using sim::AlsoWrites;
using sim::EntryRole;
using sim::kOperations;
using sim::ObjectUse;
using sim::OperationKind;
using sim::OperationRow;
using sim::Requirement;
using sim::TraceEntry;

constexpr sim::ObjectId kObject = sim::object_id(sim::kMainTask, 1);
constexpr sim::ObjectId kOther = sim::object_id(sim::kMainTask, 2);
constexpr sim::TaskId kOne = sim::task_at(1);
constexpr sim::TaskId kTwo = sim::task_at(2);

TEST(OperationTable, HasOneRowForEachKindInOrder) {
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(kOperations.at(i).kind), i);
  }
  EXPECT_EQ(sim::kOperationKinds, static_cast<std::size_t>(OperationKind::lock_or_queue) + 1);
}

TEST(OperationTable, HasAWordOfItsOwnAndAVerbForEachKind) {
  std::set<std::string_view> words;
  for (const OperationRow& row : kOperations) {
    EXPECT_FALSE(row.word.empty());
    EXPECT_TRUE(words.insert(row.word).second) << row.word;
    EXPECT_EQ(to_string(row.kind), row.word);
  }
}

TEST(OperationTable, SaysNothingAboutObjectsOfRecordsThatAreNoSteps) {
  for (const OperationRow& row : kOperations) {
    EXPECT_EQ(row.use == ObjectUse::untouched, row.role != EntryRole::step) << row.word;
    EXPECT_EQ(is_step(row.kind), row.role == EntryRole::step) << row.word;
    if (row.role == EntryRole::step) continue;
    EXPECT_FALSE(may_wait(row.kind) || row.may_fail || writes_second_object(row.kind)) << row.word;
  }
}

TEST(OperationTable, IsConsistent) {
  for (const OperationRow& row : kOperations) {
    // An operation that waits has a state to wait for, and does not fail.
    if (row.waits) {
      EXPECT_NE(row.requires_state, Requirement::nothing) << row.word;
      EXPECT_FALSE(row.may_fail) << row.word;
      EXPECT_FALSE(may_time_out(row.kind)) << row.word;
    } else if (row.requires_state != Requirement::nothing) {
      EXPECT_TRUE(row.may_fail) << row.word;
    }
    if (result_depends_on_order(row.kind)) {
      EXPECT_NE(row.requires_state, Requirement::nothing) << row.word;
      EXPECT_FALSE(only_reads(row.kind)) << row.word;
    }
    EXPECT_EQ(may_time_out(row.kind), row.also_writes == AlsoWrites::clock) << row.word;
  }
}

TEST(OperationTable, KnowsWhichStepsWait) {
  std::set<std::string_view> waiting;
  std::set<std::string_view> locking;
  std::set<std::string_view> unlocking;
  std::set<std::string_view> sleeping;
  for (const OperationRow& row : kOperations) {
    if (may_wait(row.kind)) waiting.insert(row.word);
    if (waits_for_lock(row.kind)) locking.insert(row.word);
    if (unlocks(row.kind)) unlocking.insert(row.word);
    if (begins_to_sleep(row.kind)) sleeping.insert(row.word);
  }
  using Words = std::set<std::string_view>;
  EXPECT_EQ(waiting, (Words{"lock", "lock_or_queue", "lock_shared", "acquire", "await",
                            "await_value", "send", "receive"}));
  EXPECT_EQ(locking, (Words{"lock", "lock_or_queue", "lock_shared"}));
  EXPECT_EQ(unlocking, (Words{"unlock", "unlock_shared"}));
  EXPECT_EQ(sleeping, (Words{"wait", "wait_value"}));
}

TEST(TraceEntry, KnowsTheSecondObjectThatItsKindWrites) {
  for (const OperationRow& row : kOperations) {
    TraceEntry entry = TraceEntry::step(kOne, row.kind, kObject);
    if (row.also_writes == AlsoWrites::released_mutex) entry.set_released_mutex(kOther);
    switch (row.also_writes) {
      case AlsoWrites::nothing:
        EXPECT_EQ(entry.also_writes(), std::nullopt) << row.word;
        break;
      case AlsoWrites::released_mutex:
        EXPECT_EQ(entry.also_writes(), kOther);
        EXPECT_EQ(entry.released_mutex(), kOther);
        break;
      case AlsoWrites::queue:
        EXPECT_EQ(entry.also_writes(), queue_of(kObject)) << row.word;
        break;
      case AlsoWrites::clock:
        EXPECT_EQ(entry.also_writes(), sim::kClock) << row.word;
        break;
    }
  }
}

TEST(TraceEntry, KeepsWhatItsFactoryWasGiven) {
  EXPECT_EQ(TraceEntry::spawn(kOne, kTwo).other_task(), kTwo);
  EXPECT_EQ(TraceEntry::join(kOne, kTwo).other_task(), kTwo);
  EXPECT_EQ(TraceEntry::wake(kOne, 7).notify_entry(), 7U);
  const TraceEntry choice = TraceEntry::choice(kOne, 3, 2);
  EXPECT_EQ(choice.alternatives(), 3U);
  EXPECT_EQ(choice.chosen_index(), 2U);
  EXPECT_TRUE(choice.is_choice() && !choice.is_step() && !choice.is_order());
  EXPECT_TRUE(TraceEntry::spawn(kOne, kTwo).is_order());
  EXPECT_TRUE(TraceEntry::step(kOne, OperationKind::load, kObject, true).preemption);
}

TEST(TraceEntry, AStepThatFailedIsNoWrite) {
  TraceEntry entry = TraceEntry::step(kOne, OperationKind::try_lock, kObject);
  EXPECT_TRUE(entry.is_write());
  entry.failed = true;
  EXPECT_FALSE(entry.is_write());
  EXPECT_FALSE(TraceEntry::step(kOne, OperationKind::load, kObject).is_write());
}

TEST(WouldEnable, AsksForTheStateThatTheStepRequires) {
  const auto found = [](OperationKind kind, std::uint64_t state) {
    TraceEntry entry = TraceEntry::step(kOne, kind, kObject);
    entry.raw_value = state;
    return entry;
  };
  const auto step = [](OperationKind kind) { return TraceEntry::step(kTwo, kind, kObject); };
  using enum OperationKind;
  EXPECT_TRUE(would_enable(found(lock, sim::kFree), step(lock)));
  EXPECT_FALSE(would_enable(found(unlock, sim::kHeldByOne), step(lock)));
  EXPECT_FALSE(would_enable(found(unlock_shared, 2), step(lock)));
  EXPECT_TRUE(would_enable(found(unlock_shared, 2), step(lock_shared)));
  EXPECT_FALSE(would_enable(found(unlock, sim::kHeldByOne), step(lock_shared)));
  EXPECT_TRUE(would_enable(found(acquire, 1), step(acquire)));
  EXPECT_FALSE(would_enable(found(release, 0), step(acquire)));
  EXPECT_TRUE(would_enable(found(send, sim::kSendable), step(send)));
  EXPECT_FALSE(would_enable(found(send, sim::kSendable), step(receive)));
  EXPECT_TRUE(would_enable(found(arrive, 1), step(await)));
  EXPECT_FALSE(would_enable(found(arrive, 0), step(await)));
  // An operation that does not wait could have been executed in any state.
  EXPECT_TRUE(would_enable(found(lock, sim::kHeldByOne), step(try_lock)));
}

TEST(WouldEnable, AWaitFoundItsMutexHeld) {
  TraceEntry wait = TraceEntry::step(kOne, OperationKind::wait, kOther);
  wait.set_released_mutex(kObject);
  EXPECT_FALSE(would_enable(wait, TraceEntry::step(kTwo, OperationKind::lock, kObject)));
}

}  // namespace
