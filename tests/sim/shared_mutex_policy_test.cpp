// Tests of what the standard leaves open about shared mutexes: whether a writer that waits holds
// back readers that come later. Both must be explored, and dpor must find what exhaustive search
// finds.

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using testing::ElementsAre;
using testing::HasSubstr;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

auto reads(sim::shared_mutex& m) {
  return [&m] { const std::shared_lock lock{m}; };
}
auto writes(sim::shared_mutex& m) {
  return [&m] { const std::lock_guard lock{m}; };
}

TEST(SharedMutexPolicy, AWriterMayQueueBehindAReader) {
  // The writer comes before the reader, after it, or while it reads.
  EXPECT_EQ(count_all([] {
              sim::shared_mutex m;
              in_tasks(reads(m), writes(m));
            }),
            (Counted{3, 3, {}}));
}

TEST(SharedMutexPolicy, AReaderThatComesAfterAQueuedWriterWaits) {
  const auto body = [] {
    sim::shared_mutex m{"m"};
    in_tasks(reads(m), writes(m), reads(m));
  };
  EXPECT_THAT(run(body, {1, 2, 1, 2, 2, 3, 3}).steps(),
              ElementsAre("1 lock_shared m", "2 lock m = waits", "1 unlock_shared m", "2 lock m",
                          "2 unlock m", "3 lock_shared m", "3 unlock_shared m"));
  // Reader 3 cannot come before the writer has left the queue.
  EXPECT_EQ(run(body, {1, 2, 3}).outcome.kind, sim::OutcomeKind::divergence);
  EXPECT_TRUE(count_all(body).failures.empty());
}

TEST(SharedMutexPolicy, AReaderNeedNotWaitForAWriter) {
  // Reader 1 ends only after reader 3 has read.
  const auto counted = count_all([] {
    sim::shared_mutex m{"m"};
    sim::atomic<int> read{0, "read"};
    in_tasks(
        [&] {
          const std::shared_lock lock{m};
          sim::await(read, [](int value) { return value == 1; });
        },
        writes(m),
        [&] {
          const std::shared_lock lock{m};
          read.store(1);
        });
  });
  // It fails exactly if the writer queues while reader 1 waits for reader 3.
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_THAT(counted.failures.begin()->first, HasSubstr("task 3 waits to lock_shared m"));
  EXPECT_GT(counted.traces, counted.failures.begin()->second);
}

TEST(SharedMutexPolicy, ATryFailsWhileAWriterHoldsBackReaders) {
  std::set<bool> got;
  const auto body = [&] {
    sim::shared_mutex m{"m"};
    in_tasks(reads(m), writes(m), [&] {
      const std::shared_lock lock{m, std::try_to_lock};
      got.insert(lock.owns_lock());
    });
  };
  EXPECT_TRUE(count_all(body).failures.empty());
  EXPECT_EQ(got, (std::set{false, true}));
}

/// Two readers, of which each takes the lock second that the other one took first, and a writer for
/// each lock.
void read_across(sim::shared_mutex& a, sim::shared_mutex& b) {
  const auto read_both = [](sim::shared_mutex& first, sim::shared_mutex& second) {
    const std::shared_lock outer{first};
    const std::shared_lock inner{second};
  };
  in_tasks([&] { read_both(a, b); }, [&] { read_both(b, a); }, writes(a), writes(b));
}

/// The first failure of the body, and the number of executions up to it.
std::pair<std::string, int> first_failure(const sim::Body& body, sim::DporStrategy& strategy) {
  sim::EngineOptions options;
  options.record_order = true;
  sim::Engine engine{options};
  sim::Executions executions{engine, body, strategy};
  int count = 0;
  for (std::optional<sim::Recorder> recorder; executions.next(&recorder.emplace());) {
    ++count;
    if (engine.outcome().failed()) return {engine.outcome().summary(), count};
  }
  return {"", count};
}

TEST(SharedMutexPolicy, ReadersAcrossTwoMutexesDeadlockIfWritersHoldThemBack) {
  const sim::Body body = [] {
    sim::shared_mutex a{"a"};
    sim::shared_mutex b{"b"};
    read_across(a, b);
  };
  const std::string deadlock =
      "deadlock task 1 waits to lock_shared b, held by task 2; task 2 waits to lock_shared a, held "
      "by task 1; task 3 waits to lock a, held by task 1; task 4 waits to lock b, held by task 2";
  sim::DporStrategy dpor;
  EXPECT_EQ(first_failure(body, dpor), std::pair(deadlock, 243));
  EXPECT_EQ(run(body, {1, 2, 3, 4}).outcome.summary(), deadlock);
}

TEST(SharedMutexPolicy, ReadersAcrossTwoMutexesNeedTwoWritersToDeadlock) {
  const auto counted = count_all([] {
    sim::shared_mutex a{"a"};
    sim::shared_mutex b{"b"};
    const auto read_both = [](sim::shared_mutex& first, sim::shared_mutex& second) {
      const std::shared_lock outer{first};
      const std::shared_lock inner{second};
    };
    in_tasks([&] { read_both(a, b); }, [&] { read_both(b, a); }, writes(a));
  });
  EXPECT_EQ(counted.traces, 82U);
  EXPECT_TRUE(counted.failures.empty());
}

TEST(SharedMutexPolicy, AnUpgradeInOneTaskIsStillADeadlockWithItself) {
  EXPECT_EQ(run([] {
              sim::shared_mutex m{"m"};
              m.lock_shared();
              m.lock();
            }).outcome.summary(),
            "deadlock task 0 waits to lock m, held by itself");
}

/// What a task of a small program does with a shared mutex.
enum class Does { read, write, try_read, try_write };

TEST(SharedMutexPolicy, DporFindsWhatExhaustiveSearchFinds) {
  // All programs of three tasks that use one mutex once. count_all() compares the traces.
  const auto use = [](sim::shared_mutex& m, Does does) {
    if (does == Does::read) {
      const std::shared_lock lock{m};
    } else if (does == Does::write) {
      const std::lock_guard lock{m};
    } else if (does == Does::try_read) {
      const std::shared_lock lock{m, std::try_to_lock};
    } else {
      const std::unique_lock lock{m, std::try_to_lock};
    }
  };
  constexpr int kKinds = 4;
  for (int program = 0; program < kKinds * kKinds * kKinds; ++program) {
    const auto kind = [&](int task) {
      int code = program;
      while (task-- > 0) code /= kKinds;
      return static_cast<Does>(code % kKinds);
    };
    SCOPED_TRACE(program);
    EXPECT_TRUE(count_all([&] {
                  sim::shared_mutex m;
                  in_tasks([&] { use(m, kind(0)); }, [&] { use(m, kind(1)); },
                           [&] { use(m, kind(2)); });
                }).failures.empty());
  }
}

}  // namespace
