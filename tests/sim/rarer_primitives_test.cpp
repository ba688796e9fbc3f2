// Tests of recursive mutexes, flags, call_once, futures, task-local variables and channels.

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync.hpp>

#include <tests/sim/counted.hpp>
#include <tests/sim/run.hpp>

namespace {

using sim::test::count_all;
using sim::test::Counted;
using sim::test::run;
using sim::test::run_all;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

template <class... Functions>
void in_tasks(const Functions&... functions) {
  sim::thread threads[]{sim::thread{functions}...};
  for (sim::thread& thread : threads) thread.join();
}

TEST(RecursiveMutex, IsLockedAndUnlockedInOneStepEach) {
  const auto execution = run([] {
    sim::recursive_mutex m{"m"};
    m.lock();
    m.lock();
    SIM_EXPECT(m.try_lock());
    m.unlock();
    m.unlock();
    m.unlock();
  });
  EXPECT_THAT(execution.steps(), ElementsAre("0 lock m", "0 unlock m"));
}

TEST(RecursiveMutex, IsHeldUntilItIsUnlockedAsOften) {
  const auto add = [](sim::recursive_mutex& m, int& inside) {
    const std::lock_guard outer{m};
    { const std::lock_guard inner{m}; }
    SIM_EXPECT(++inside == 1);
    --inside;
  };
  EXPECT_EQ(count_all([&] {
              sim::recursive_mutex m;
              int inside = 0;
              in_tasks([&] { add(m, inside); }, [&] { add(m, inside); });
            }),
            (Counted{2, 2, {}}));
}

TEST(RecursiveMutex, ToUnlockWhatOneDoesNotHoldIsMisuse) {
  const auto execution = run([] {
    sim::recursive_mutex m;
    m.lock();
    m.lock();
    sim::thread other{[&] { m.unlock(); }};
    other.join();
  });
  EXPECT_EQ(execution.outcome.summary(), "misuse \"unlock of a mutex that another task holds\"");
}

TEST(RecursiveTimedMutex, IsGivenUpOnByOthersOnly) {
  const auto execution = run([] {
    sim::recursive_timed_mutex m{"m"};
    SIM_EXPECT(m.try_lock_for(1s));
    SIM_EXPECT(m.try_lock_for(1s));
    sim::thread other{[&] { SIM_EXPECT(!m.try_lock_until(sim::steady_clock::time_point{1s})); }};
    other.join();
    m.unlock();
    m.unlock();
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(AtomicFlag, IsABooleanWithOtherNames) {
  const auto execution = run([] {
    sim::atomic_flag flag{"flag"};
    SIM_EXPECT(!flag.test_and_set());
    SIM_EXPECT(flag.test_and_set());
    SIM_EXPECT(flag.test());
    flag.clear();
    flag.wait(true);
    flag.notify_one();
    flag.notify_all();
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 test_and_set flag = true", "0 test_and_set flag = true",
                          "0 test flag = true", "0 clear flag = false", "0 wait flag = false",
                          "0 notify_one flag = nobody", "0 notify_all flag = nobody"));
}

TEST(AtomicFlag, IsInitializedByTheMacroToo) {
  const auto execution = run([] {
    sim::atomic_flag flag = ATOMIC_FLAG_INIT;
    SIM_EXPECT(!flag.test());
  });
  EXPECT_FALSE(execution.outcome.failed());
}

TEST(CallOnce, IsCalledByOneAndAwaitedByTheOthers) {
  const auto counted = count_all([] {
    sim::once_flag once;
    sim::atomic<int> calls{0};
    bool done = false;
    const auto use = [&] {
      call_once(once, [&] {
        ++calls;
        done = true;
      });
      SIM_EXPECT(done);
    };
    in_tasks(use, use);
    SIM_EXPECT(calls.peek() == 1);
  });
  EXPECT_TRUE(counted.failures.empty());
  // Whichever task is first, the other one makes its first step before or after the end of the
  // call.
  EXPECT_EQ(counted.traces, 4U);
}

TEST(CallOnce, IsOneStepOnceItIsDone) {
  const auto execution = run([] {
    sim::once_flag once{"once"};
    call_once(
        once, [](int) {}, 1);
    call_once(once, [] { SIM_EXPECT(false); });
  });
  EXPECT_THAT(execution.steps(), ElementsAre("0 call_once once = calling", "0 done once = done",
                                             "0 call_once once = done (failed)"));
}

TEST(CallOnce, WhereItThrowsAnotherOneCalls) {
  const auto counted = count_all([] {
    sim::once_flag once;
    int calls = 0;
    const auto use = [&] {
      try {
        call_once(once, [&] {
          if (++calls == 1) throw std::runtime_error("not yet");
        });
      } catch (const std::runtime_error&) {
      }
    };
    in_tasks(use, use);
    SIM_EXPECT(calls == 2);
  });
  EXPECT_TRUE(counted.failures.empty());
}

TEST(Future, HasWhatThePromiseIsGiven) {
  const auto execution = run([] {
    sim::promise<std::string> promise{"answer"};
    sim::future<std::string> future = promise.get_future();
    SIM_EXPECT(future.wait_for(0s) == sim::future_status::timeout);
    promise.set_value("42");
    SIM_EXPECT(future.wait_for(0s) == sim::future_status::ready);
    SIM_EXPECT(future.get() == "42");
    SIM_EXPECT(!future.valid());
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(execution.steps(), ElementsAre("0 load answer = false", "0 set_value answer = true",
                                             "0 load answer = true", "0 await answer = true"));
}

TEST(Future, WaitsForIt) {
  EXPECT_EQ(count_all([] {
              sim::promise<int> promise;
              auto future = promise.get_future();
              in_tasks([&] { SIM_EXPECT(future.get() == 7); }, [&] { promise.set_value(7); });
            }),
            (Counted{1, 1, {}}));
}

TEST(Future, HasAnExceptionToo) {
  const sim::test::LeakOnPurpose leak;  // what an exception leaves is not unwound
  const auto execution = run([] {
    sim::promise<void> promise;
    sim::future<void> future = promise.get_future();
    promise.set_exception(std::make_exception_ptr(std::runtime_error("no answer")));
    future.get();
  });
  EXPECT_EQ(execution.outcome.summary(), "uncaught-exception no answer");
}

/// The error code that a wrong use of a promise or future throws.
template <class Function>
std::string error_of(const Function& function) {
  std::string error;
  run([&] {
    try {
      function();
    } catch (const std::future_error& caught) {
      error = caught.code().message();
    }
  });
  return error;
}

TEST(Future, ErrorsAreThoseOfTheStandard) {
  EXPECT_EQ(error_of([] {
              sim::promise<int> promise;
              promise.set_value(1);
              promise.set_value(2);
            }),
            "Promise already satisfied");
  EXPECT_EQ(error_of([] {
              sim::promise<int> promise;
              auto first = promise.get_future();
              auto second = promise.get_future();
            }),
            "Future already retrieved");
  EXPECT_EQ(error_of([] {
              sim::future<int> future;
              {
                sim::promise<int> promise;
                future = promise.get_future();
              }
              future.get();
            }),
            "Broken promise");
  EXPECT_EQ(error_of([] { sim::future<int>{}.get(); }), "No associated state");
}

TEST(Future, MayBeOfAReferenceOfNothingAndOfWhatCannotBeCopied) {
  const auto execution = run([] {
    int x = 0;
    sim::promise<int&> reference;
    reference.set_value(x);
    SIM_EXPECT(&reference.get_future().get() == &x);
    sim::promise<std::unique_ptr<int>> pointer;
    pointer.set_value(std::make_unique<int>(3));
    SIM_EXPECT(*pointer.get_future().get() == 3);
    sim::promise<void> nothing;
    nothing.set_value();
    nothing.get_future().get();
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(SharedFuture, IsThereForAll) {
  const auto counted = count_all([] {
    sim::promise<int> promise;
    const sim::shared_future<int> future = promise.get_future();
    const auto use = [future] { SIM_EXPECT(future.get() == 1 && future.get() == 1); };
    in_tasks(use, use, [&] { promise.set_value(1); });
  });
  EXPECT_EQ(counted.traces, 1U);
  EXPECT_TRUE(counted.failures.empty());
}

TEST(Async, IsATaskThatItsFutureJoins) {
  const auto counted = count_all([] {
    sim::atomic<int> x{0};
    {
      const auto ignored = sim::async(
          sim::launch::async, [&x](int add) { x += add; }, 2);
    }
    SIM_EXPECT(x.peek() == 2);
    auto future = sim::async([](int a, int b) { return a + b; }, 2, 3);
    SIM_EXPECT(future.get() == 5);
  });
  EXPECT_TRUE(counted.failures.empty());
  EXPECT_EQ(counted.traces, 1U);
}

TEST(Async, HandsOnWhatIsThrown) {
  const sim::test::LeakOnPurpose leak;  // what an exception leaves is not unwound
  const auto execution =
      run([] { sim::async([]() -> int { throw std::runtime_error("lost"); }).get(); });
  EXPECT_EQ(execution.outcome.summary(), "uncaught-exception lost");
}

TEST(Async, DeferredIsACallOfWhoWaits) {
  const auto execution = run([] {
    const auto here = sim::this_thread::get_id();
    auto future = sim::async(sim::launch::deferred, [] { return sim::this_thread::get_id(); });
    SIM_EXPECT(future.wait_for(1s) == sim::future_status::deferred);
    SIM_EXPECT(future.get() == here);
    const auto never = sim::async(sim::launch::deferred, [] { SIM_EXPECT(false); });
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(Async, WhoMakesADeferredCallIsPartOfTheTrace) {
  const Counted counted = count_all([] {
    sim::thread::id caller;
    const sim::shared_future<void> future =
        sim::async(sim::launch::deferred, [&] { caller = sim::this_thread::get_id(); });
    sim::thread one{[future] { future.get(); }};
    sim::thread two{[future] { future.get(); }};
    const auto second = two.get_id();
    one.join();
    two.join();
    SIM_EXPECT(caller != second);
  });
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_LT(counted.failures.begin()->second, counted.traces);
}

TEST(Async, WhetherItHasBeenDeferredIsPartOfTheTrace) {
  const Counted counted = count_all([] {
    const sim::shared_future<void> future = sim::async(sim::launch::deferred, [] {});
    in_tasks([future] { future.get(); },
             [future] { SIM_EXPECT(future.wait_for(0s) == sim::future_status::deferred); });
  });
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_LT(counted.failures.begin()->second, counted.traces);
}

TEST(Async, WhoLetsGoLastAndJoinsIsPartOfTheTrace) {
  const Counted counted = count_all([] {
    sim::atomic<bool> go{false, "go"};
    auto future =
        sim::async(sim::launch::async, [&] { sim::await(go, [](bool is) { return is; }); }).share();
    sim::thread one{[&go, held = future]() mutable {
      held = {};
      go.store(true);
    }};
    sim::thread two{[held = future]() mutable { held = {}; }};
    future = {};
    one.join();
    two.join();
  });
  // The task that destroys the last future joins. If that is `one`, it never reaches its store.
  ASSERT_EQ(counted.failures.size(), 1U);
  EXPECT_THAT(counted.failures.begin()->first, testing::StartsWith("deadlock "));
  EXPECT_LT(counted.failures.begin()->second, counted.traces);
}

/// Makes a step for each copy.
struct Copied {
  explicit Copied(sim::atomic<int>& count) : copies(count) {}
  Copied(const Copied& other) : copies(other.copies) { ++copies; }
  Copied& operator=(const Copied&) = delete;
  sim::atomic<int>& copies;
};

TEST(Future, OfAValueWhoseCopiesMakeStepsIsThereWhenItIsReady) {
  const Counted counted = count_all([] {
    sim::atomic<int> copies{0};
    sim::promise<Copied> promise;
    auto future = promise.get_future();
    bool got = false;
    in_tasks(
        [&] {
          static_cast<void>(future.get());
          got = true;
        },
        [&] { promise.set_value(Copied{copies}); });
    SIM_EXPECT(got);
  });
  EXPECT_TRUE(counted.failures.empty());
}

TEST(Future, TakesAValueInBracesAndSwaps) {
  const auto execution = run([] {
    sim::promise<std::pair<int, int>> one;
    sim::promise<std::pair<int, int>> two;
    auto future = one.get_future();
    swap(one, two);
    two.set_value({1, 2});
    SIM_EXPECT(future.get() == std::pair(1, 2));
  });
  EXPECT_FALSE(execution.outcome.failed()) << execution.outcome.summary();
}

TEST(TaskLocal, IsMadeForEachTaskAndDestroyedAtItsEnd) {
  std::vector<std::string> log;
  struct Logged {
    explicit Logged(std::vector<std::string>& to) : log(to) {}
    Logged(const Logged&) = delete;
    Logged& operator=(const Logged&) = delete;
    ~Logged() { log.push_back(name + " destroyed"); }
    std::vector<std::string>& log;
    std::string name;
  };
  run([&] {
    sim::task_local<Logged> one{[&] { return Logged{log}; }};
    sim::task_local<Logged> two{[&] { return Logged{log}; }};
    const auto use = [&](const std::string& name) {
      one->name = name + " one";
      two->name = name + " two";
    };
    use("body");
    sim::thread task{use, "task"};
    task.join();
    log.emplace_back("joined");
    SIM_EXPECT(one->name == "body one");
  });
  EXPECT_THAT(log, ElementsAre("task two destroyed", "task one destroyed", "joined",
                               "body two destroyed", "body one destroyed"));
}

TEST(TaskLocal, BeginsAnewInEachExecution) {
  const auto all = run_all([] {
    sim::task_local<int> mine;
    sim::atomic<int> sum{0};
    const auto count = [&] {
      for (int i = 0; i < 2; ++i) ++*mine;
      sum += *mine;
    };
    in_tasks(count, count);
    SIM_EXPECT(sum.peek() == 4 && *mine == 0);
  });
  EXPECT_GT(all.executions, 1U);
  EXPECT_EQ(all.failures, 0U);
}

TEST(TaskLocal, MayMakeStepsWhenItIsDestroyed) {
  struct Flush {
    sim::atomic<int>* to = nullptr;
    int count = 0;
    Flush() = default;
    Flush(const Flush&) = delete;
    Flush& operator=(const Flush&) = delete;
    ~Flush() {
      if (to != nullptr) *to += count;
    }
  };
  EXPECT_EQ(count_all([] {
              sim::atomic<int> sum{0};
              sim::task_local<Flush> mine;
              const auto count = [&] {
                mine->to = &sum;
                mine->count = 1;
              };
              in_tasks(count, count);
              SIM_EXPECT(sum.peek() == 2);
            }),
            (Counted{2, 2, {}}));
}

TEST(Channel, HandsOverInOrder) {
  const auto execution = run([] {
    sim::channel<int> numbers{2, "numbers"};
    SIM_EXPECT(numbers.send(1));
    SIM_EXPECT(numbers.try_send(2));
    SIM_EXPECT(!numbers.try_send(3));
    SIM_EXPECT(numbers.receive() == 1);
    numbers.close();
    SIM_EXPECT(!numbers.send(4));
    SIM_EXPECT(numbers.try_receive() == 2);
    SIM_EXPECT(!numbers.try_receive());
    SIM_EXPECT(!numbers.receive());
  });
  EXPECT_FALSE(execution.outcome.failed());
  EXPECT_THAT(execution.steps(),
              ElementsAre("0 send numbers = 1", "0 try_send numbers = 2",
                          "0 try_send numbers = no room", "0 receive numbers = 1",
                          "0 close numbers", "0 send numbers = closed", "0 try_receive numbers = 2",
                          "0 try_receive numbers = closed", "0 receive numbers = closed"));
}

TEST(Channel, ASenderWaitsForRoomAndAReceiverForSomething) {
  EXPECT_EQ(count_all([] {
              sim::channel<std::string> words{1};
              in_tasks(
                  [&] {
                    words.send("a");
                    words.send("b");
                  },
                  [&] {
                    SIM_EXPECT(words.receive() == "a");
                    SIM_EXPECT(words.receive() == "b");
                  });
            }),
            (Counted{1, 1, {}}));
  EXPECT_EQ(run([] {
              sim::channel<int> numbers{1, "numbers"};
              numbers.receive();
            }).outcome.summary(),
            "deadlock task 0 waits to receive numbers");
}

TEST(Channel, ToCloseItWakesBothSides) {
  const auto counted = count_all([] {
    sim::channel<int> full{1};
    full.send(0);
    sim::channel<int> empty{1};
    in_tasks([&] { SIM_EXPECT(!full.send(1)); }, [&] { SIM_EXPECT(!empty.receive()); },
             [&] {
               full.close();
               empty.close();
             });
  });
  EXPECT_EQ(counted.traces, 1U);
  EXPECT_TRUE(counted.failures.empty());
}

TEST(Channel, CountsInterleavingsOfSeveralSenders) {
  // Either value may come first, because there is room for both.
  EXPECT_EQ(count_all([] {
              sim::channel<int> numbers{2};
              in_tasks([&] { numbers.send(1); }, [&] { numbers.send(2); });
              SIM_EXPECT(numbers.peek() == 2);
            }),
            (Counted{2, 2, {}}));
}

TEST(Channel, OfValuesWhoseCopiesMakeStepsHasNoMoreThanItHasRoomFor) {
  const Counted counted = count_all([] {
    sim::atomic<int> copies{0};
    sim::channel<Copied> channel{1};
    const auto send = [&] {
      channel.send(Copied{copies});
      SIM_EXPECT(channel.peek() <= 1);
    };
    sim::thread one{send};
    sim::thread two{send};
    channel.receive();
    one.join();
    two.join();
  });
  EXPECT_TRUE(counted.failures.empty());
}

TEST(Channel, WithoutRoomIsMisuse) {
  EXPECT_EQ(run([] { const sim::channel<int> none{0}; }).outcome.kind, sim::OutcomeKind::misuse);
}

}  // namespace
