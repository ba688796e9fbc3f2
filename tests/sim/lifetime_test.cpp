// The lifetimes of shared objects: the end of an object is a step where another task could still
// use the object, and a use after the end fails in every strategy.

#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/history/history.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

#if defined(__GNUC__) && !defined(__clang__)
// These tests use objects after their end on purpose.
#pragma GCC diagnostic ignored "-Wuse-after-free"
#endif

namespace {

using sim::Outcome;
using sim::OutcomeKind;
using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using sim::test::run_all;
using testing::HasSubstr;

/// Makes an object with make(), which task 1 uses with use(object) while the test body destroys it.
template <class Make, class Use>
Counted destroyed_while_used(const Make& make, const Use& use) {
  return count_all([&] {
    auto object = make();
    sim::thread user{[&use, raw = object.get()] { use(*raw); }};
    object.reset();
    user.join();
  });
}

// One step and the end of its object: the order of the two decides.
const auto kOneOfTwo = [](const char* operation) {
  return Counted{2,
                 2,
                 {{"use-after-destruction task 1 does " + std::string{operation} +
                       " o after task 0 has destroyed it",
                   1}}};
};

TEST(Lifetime, TheEndOfAnObjectIsOrderedWithEachOperationOnIt) {
  const sim::test::LeakOnPurpose leak;  // a task that fails in a noexcept operation is abandoned
  const auto atomic = [] { return std::make_unique<sim::atomic<int>>(0, sim::Name{"o"}); };
  EXPECT_EQ(destroyed_while_used(atomic, [](auto& o) { o.load(); }), kOneOfTwo("load"));
  EXPECT_EQ(destroyed_while_used(atomic, [](auto& o) { o.store(1); }), kOneOfTwo("store"));
  EXPECT_EQ(destroyed_while_used(atomic, [](auto& o) { ++o; }), kOneOfTwo("fetch_add"));
  EXPECT_EQ(destroyed_while_used(atomic, [](auto& o) { o.notify_one(); }), kOneOfTwo("notify_one"));
  EXPECT_EQ(destroyed_while_used(atomic, [](auto& o) { o.wait(1); }), kOneOfTwo("wait"));
  EXPECT_EQ(
      destroyed_while_used(atomic, [](auto& o) { sim::await(o, [](int v) { return v == 0; }); }),
      kOneOfTwo("await"));
  const auto exchange = [](auto& o) {
    int expected = 0;
    o.compare_exchange_strong(expected, 1);
  };
  EXPECT_EQ(destroyed_while_used(atomic, exchange), kOneOfTwo("compare_exchange"));
  const auto semaphore = [] {
    return std::make_unique<sim::counting_semaphore<>>(1, sim::Name{"o"});
  };
  EXPECT_EQ(destroyed_while_used(semaphore, [](auto& o) { o.acquire(); }), kOneOfTwo("acquire"));
  EXPECT_EQ(destroyed_while_used(semaphore, [](auto& o) { o.release(); }), kOneOfTwo("release"));
  EXPECT_EQ(destroyed_while_used(semaphore, [](auto& o) { o.try_acquire(); }),
            kOneOfTwo("try_acquire"));
  const auto latch = [] { return std::make_unique<sim::latch>(1, sim::Name{"o"}); };
  EXPECT_EQ(destroyed_while_used(latch, [](auto& o) { o.count_down(); }), kOneOfTwo("count_down"));
  const auto cv = [] { return std::make_unique<sim::condition_variable>("o"); };
  EXPECT_EQ(destroyed_while_used(cv, [](auto& o) { o.notify_all(); }), kOneOfTwo("notify_all"));
  const auto channel = [] { return std::make_unique<sim::channel<int>>(1, sim::Name{"o"}); };
  EXPECT_EQ(destroyed_while_used(channel, [](auto& o) { o.send(1); }), kOneOfTwo("send"));
  const auto history = [] { return std::make_unique<sim::HistoryRecorder<int, int>>("o"); };
  EXPECT_EQ(destroyed_while_used(history, [](auto& o) { o.invoke(1, 1); }), kOneOfTwo("invoke"));
  const auto once = [] { return std::make_unique<sim::once_flag>("o"); };
  const Counted called = destroyed_while_used(once, [](auto& o) { sim::call_once(o, [] {}); });
  EXPECT_EQ(called.traces, 3U) << called;
  EXPECT_EQ(called.failures.size(), 2U) << called;
}

TEST(Lifetime, AMutexMayEndBetweenLockAndUnlock) {
  const auto mutex = [] { return std::make_unique<sim::mutex>("o"); };
  const Counted counted = destroyed_while_used(mutex, [](auto& o) {
    o.lock();
    o.unlock();
  });
  EXPECT_EQ(
      counted,
      (Counted{3,
               3,
               {{"use-after-destruction task 1 does lock o after task 0 has destroyed it", 1},
                {"use-after-destruction task 1 does unlock o after task 0 has destroyed it", 1}}}));
}

TEST(Lifetime, TheLastOneOutMayDeleteTheMutex) {
  const Counted counted = count_all([] {
    struct Node {
      sim::mutex m{"m"};
      int users = 2;
    };
    auto* const node = new Node;
    const auto leave = [node] {
      node->m.lock();
      const bool last = --node->users == 0;
      node->m.unlock();
      if (last) delete node;
    };
    sim::thread a{leave};
    sim::thread b{leave};
    a.join();
    b.join();
  });
  EXPECT_EQ(counted.failures.size(), 0U) << counted;
}

TEST(Lifetime, AConditionVariableMayEndWhenAllAreNotified) {
  const auto body = [](bool timed) {
    return [timed] {
      auto cv = std::make_unique<sim::condition_variable>("cv");
      sim::mutex m{"m"};
      bool done = false;
      sim::thread sleeper{[&, cv = cv.get()] {
        std::unique_lock lock{m};
        while (!done) {
          if (timed) {
            cv->wait_for(lock, std::chrono::seconds{1});
          } else {
            cv->wait(lock);
          }
        }
      }};
      {
        const std::lock_guard lock{m};
        done = true;
        cv->notify_all();
      }
      cv.reset();
      sleeper.join();
    };
  };
  EXPECT_EQ(count_all(body(false)).failures.size(), 0U);
  EXPECT_EQ(count_all(body(true)).failures.size(), 0U);
}

TEST(Lifetime, OfAnObjectThatNobodyElseCanReachEndsInNoStep) {
  const auto execution = run([] {
    { const sim::mutex alone{"alone"}; }
    sim::atomic<int> x{0, "x"};
    sim::thread t{[&] { x.store(1); }};
    t.join();
  });
  EXPECT_EQ(execution.outcome.kind, OutcomeKind::passed);
  EXPECT_THAT(execution.steps(), testing::ElementsAre("1 store x = 1"));
}

TEST(Lifetime, AUseAfterAnEndWithoutAStepIsFoundToo) {
  const auto execution = run([] {
    auto x = std::make_unique<sim::atomic<int>>(0, sim::Name{"x"});
    auto* const raw = x.get();
    x.reset();
    sim::thread t{[&] { raw->store(1); }};
    t.join();
  });
  // It was made in the standard library, which says nothing.
  EXPECT_EQ(execution.outcome.as<sim::UseAfterDestruction>()->made_at.file, "");
  EXPECT_EQ(execution.outcome.summary(),
            "use-after-destruction task 1 does store x after task 0 has destroyed it");
}

TEST(Lifetime, ASecondDestructionIsAUseAfterTheFirst) {
  const auto execution = run([] {
    alignas(sim::mutex) std::byte memory[sizeof(sim::mutex)];
    auto* const m = new (memory) sim::mutex{"m"};
    m->~mutex();
    m->~mutex();
  });
  EXPECT_EQ(execution.outcome.summary(),
            "use-after-destruction task 0 does destroy m after task 0 has destroyed it");
}

TEST(Lifetime, AnotherObjectAtTheSameAddressIsAnotherObject) {
  const Counted counted = count_all([] {
    std::optional<sim::atomic<int>> x;
    x.emplace(0, sim::Name{"x"});
    sim::thread t{[] {}};
    x.reset();
    x.emplace(0, sim::Name{"x"});
    x->store(1);
    t.join();
  });
  EXPECT_EQ(counted.failures.size(), 0U) << counted;
}

TEST(Lifetime, OfAVariableEndsWithAWrite) {
  const auto summary = [](bool ordered) {
    return run([ordered] {
             auto v = std::make_unique<sim::var<int>>(0, sim::Name{"v"});
             sim::atomic<bool> gone{false, "gone"};
             sim::thread t{[&, raw = v.get()] {
               if (ordered) sim::await(gone, [](bool is) { return is; });
               if (!ordered) static_cast<void>(gone.load(std::memory_order_relaxed));
               static_cast<void>(raw->read());
             }};
             v.reset();
             gone.store(true, ordered ? std::memory_order_seq_cst : std::memory_order_relaxed);
             t.join();
           })
        .outcome.summary();
  };
  EXPECT_EQ(summary(true),
            "use-after-destruction task 1 does read v after task 0 has destroyed it");
  EXPECT_THAT(summary(false), HasSubstr("data-race on v: task 0 destroys it, made at"));
}

TEST(Lifetime, AnObjectThatEndsWithSleepersFails) {
  const auto execution = run(
      [] {
        auto x = std::make_unique<sim::atomic<int>>(0, sim::Name{"x"});
        sim::atomic<int> y{0, "y"};
        sim::thread t{[raw = x.get()] { raw->wait(0); }};
        y.store(1);
        x.reset();
        t.join();
      },
      {1, 0, 0});
  EXPECT_EQ(execution.outcome.summary(),
            "use-after-destruction task 1 waits for x to be notified, which task 0 destroys");
}

// ---------------------------------------------------------------------------------------------
// Objects that exist before the execution

constinit sim::atomic<int> static_counter{7, "static_counter"};
constinit sim::mutex static_mutex;
constinit sim::counting_semaphore<4> static_permits{1};
sim::condition_variable static_changed;

TEST(Lifetime, AStaticObjectBeginsEachExecutionInItsFirstState) {
  const auto tally = run_all([] {
    SIM_ASSERT(static_counter.peek() >= 7 || static_counter.load() == 7);
    const auto add = [] {
      static_permits.acquire();
      {
        const std::lock_guard lock{static_mutex};
        static_counter.store(static_counter.load() + 1);
      }
      static_permits.release();
    };
    sim::thread a{add};
    sim::thread b{add};
    a.join();
    b.join();
    SIM_ASSERT(static_counter.load() == 9);
  });
  EXPECT_EQ(tally.failures, 0U);
  EXPECT_EQ(tally.executions, 2U);
}

TEST(Lifetime, AStaticMutexThatWasHeldWhenAnExecutionFailedIsFreeInTheNext) {
  const auto tally = run_all([] {
    static_mutex.lock();
    const bool fails = sim::choose(2) == 0;
    SIM_ASSERT(!fails);
    static_mutex.unlock();
  });
  EXPECT_EQ(tally.executions, 2U);
  EXPECT_EQ(tally.failures, 1U);
}

TEST(Lifetime, SearchesOfStaticObjectsAgree) {
  const Counted counted = count_all([] {
    sim::thread a{[] { static_counter.store(1); }};
    sim::thread b{[] { static_cast<void>(static_counter.load()); }};
    a.join();
    b.join();
  });
  EXPECT_EQ(counted, (Counted{2, 2, {}}));
}

TEST(Lifetime, AStaticObjectIsNamedByItsPlace) {
  const auto execution = run([] {
    static_mutex.lock();
    static_mutex.unlock();
  });
  EXPECT_THAT(execution.steps().front(),
              testing::ContainsRegex("0 lock mutex@lifetime_test.cpp:[0-9]+"));
}

TEST(Lifetime, AnObjectOfAnotherExecutionIsNamedAsSuch) {
  const sim::test::LeakOnPurpose leak;  // a task that fails in a noexcept operation is abandoned
  std::unique_ptr<sim::atomic<int>> kept;
  const auto body = [&] {
    if (kept == nullptr) kept.reset(new sim::atomic<int>{0, "kept"});
    kept->store(1);
  };
  EXPECT_EQ(run(body).outcome.kind, OutcomeKind::passed);
  const Outcome outcome = run(body).outcome;
  EXPECT_THAT(
      outcome.summary(),
      HasSubstr("misuse \"an operation on a shared object that another execution has made"));
  EXPECT_THAT(outcome.place(), HasSubstr("lifetime_test.cpp:"));
}

// ---------------------------------------------------------------------------------------------
// Objects in plain memory

struct Node : sim::tracked {
  int value = 0;
};

TEST(Tracked, AUseAfterItWasFreedNamesWhoFreedIt) {
  const auto execution = run([] {
    auto* const node = new Node;
    sim::atomic<bool> freed{false, "freed"};
    sim::thread t{[&] {
      delete node;
      freed.store(true);
    }};
    sim::await(freed, [](bool is) { return is; });
    node->touch();
    t.join();
  });
  EXPECT_EQ(execution.outcome.summary(),
            "use-after-destruction task 0 does read node after task 1 has destroyed it");
}

TEST(Tracked, FreedTwiceIsFound) {
  const sim::test::LeakOnPurpose leak;  // nothing frees the memory of the node
  const auto execution = run([] {
    auto* const node = new Node;
    node->~Node();
    node->~Node();
  });
  EXPECT_THAT(execution.outcome.summary(), HasSubstr("does destroy node after task 0 has"));
}

TEST(Tracked, WhatIsNotFreedIsALeak) {
  Node* left = nullptr;
  const auto summary = [&](bool leaks) {
    return run([&] {
             const sim::LeakCheck check;
             auto* const node = new Node;
             if (leaks) {
               left = node;
             } else {
               delete node;
             }
           })
        .outcome.summary();
  };
  EXPECT_EQ(summary(false), "passed");
  EXPECT_THAT(summary(true), HasSubstr("1 tracked objects were not destroyed"));
  delete left;
}

TEST(Lifetime, AUseAfterTheEndSaysWhereBothWere) {
  const auto execution = run([] {
    auto x = std::make_unique<sim::atomic<int>>(0, sim::Name{"x"});
    auto* const raw = x.get();
    x.reset();
    raw->store(1);
  });
  const auto* const use = execution.outcome.as<sim::UseAfterDestruction>();
  ASSERT_NE(use, nullptr);
  if (std::system("addr2line --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no addr2line";
  // Known only if the tests are built with debug information.
  const sim::SourceLine used = use->used_at();
  const sim::SourceLine destroyed = use->destroyed_at();
  if (used.file.empty()) GTEST_SKIP() << "no debug information";
  EXPECT_EQ(used.file, "lifetime_test.cpp");
  EXPECT_EQ(destroyed.file, "lifetime_test.cpp");
  EXPECT_EQ(used.line, destroyed.line + 1);
}

}  // namespace
