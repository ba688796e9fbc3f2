// Tests of exceptions inside fibers. The C++ runtime keeps the caught and uncaught exceptions of a
// thread in one place. If a fiber were left inside a catch block, other fibers would see its
// exception.

#include <exception>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <sim/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

using sim::test::run;
using sim::test::run_all;
using sim::test::Tally;

/// The text of the exception that is being handled, found by rethrowing it.
std::string current_text() {
  if (std::current_exception() == nullptr) return "none";
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Throws, catches, steps inside the catch block, rethrows, catches again.
void throw_and_step(sim::atomic<int>& x, const char* text) {
  SIM_EXPECT(current_text() == "none");
  try {
    x.fetch_add(1);
    try {
      throw std::runtime_error(text);
    } catch (const std::runtime_error&) {
      x.fetch_add(1);
      SIM_EXPECT(current_text() == text);
      SIM_EXPECT(std::uncaught_exceptions() == 0);
      throw;
    }
  } catch (const std::exception& error) {
    x.fetch_add(1);
    SIM_EXPECT(error.what() == std::string{text});
    SIM_EXPECT(current_text() == text);
  }
  SIM_EXPECT(current_text() == "none");
}

TEST(Exceptions, EachTaskHandlesItsOwnInEveryInterleaving) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    sim::thread a{[&] { throw_and_step(x, "a"); }};
    sim::thread b{[&] { throw_and_step(x, "b"); }};
    a.join();
    b.join();
    SIM_EXPECT(x.peek() == 6);
  });
  EXPECT_EQ(tally.executions, 20U);  // C(6,3)
  EXPECT_EQ(tally.failures, 0U) << tally.outcomes.begin()->first;
}

TEST(Exceptions, ThreeTasksAndMainInsideCatchBlocks) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    const auto step = [&](const char* text) {
      try {
        throw std::runtime_error(text);
      } catch (...) {
        x.load();
        x.load();
        SIM_EXPECT(current_text() == text);
      }
    };
    try {
      throw std::logic_error("main");
    } catch (...) {
      // A new task starts with no exception, whatever its creator is handling.
      sim::thread a{[&] {
        SIM_EXPECT(current_text() == "none");
        step("a");
      }};
      sim::thread b{[&] { step("b"); }};
      sim::thread c{[&] { step("c"); }};
      SIM_EXPECT(current_text() == "main");
      a.join();
      SIM_EXPECT(current_text() == "main");
      b.join();
      c.join();
      SIM_EXPECT(current_text() == "main");
    }
    SIM_EXPECT(current_text() == "none");
  });
  EXPECT_EQ(tally.executions, 90U);  // 6!/(2!)^3
  EXPECT_EQ(tally.failures, 0U) << tally.outcomes.begin()->first;
}

TEST(Exceptions, NestedHandlersUnnestInEachTask) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    const auto nest = [&] {
      try {
        throw std::runtime_error("outer");
      } catch (...) {
        x.load();
        try {
          throw std::runtime_error("inner");
        } catch (...) {
          x.load();
          SIM_EXPECT(current_text() == "inner");
        }
        x.load();
        SIM_EXPECT(current_text() == "outer");
      }
    };
    sim::thread a{nest};
    sim::thread b{nest};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 20U);
  EXPECT_EQ(tally.failures, 0U) << tally.outcomes.begin()->first;
}

TEST(Exceptions, StepsInDestructorsDuringUnwindingCountPerTask) {
  // Suspended with an exception in flight, std::uncaught_exceptions() counts this task's exceptions
  // only.
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    struct Guard {
      sim::atomic<int>& x;
      int expected;
      ~Guard() {
        x.fetch_add(1);
        SIM_EXPECT(std::uncaught_exceptions() == expected);
        x.fetch_add(1);
        SIM_EXPECT(std::uncaught_exceptions() == expected);
      }
    };
    sim::thread unwinds{[&] {
      try {
        const Guard guard{x, 1};
        throw std::runtime_error("in flight");
      } catch (const std::runtime_error&) {
        SIM_EXPECT(std::uncaught_exceptions() == 0);
      }
    }};
    sim::thread returns{[&] { const Guard guard{x, 0}; }};
    unwinds.join();
    returns.join();
  });
  EXPECT_EQ(tally.executions, 6U);  // C(4,2)
  EXPECT_EQ(tally.failures, 0U) << tally.outcomes.begin()->first;
}

TEST(Exceptions, AnExceptionPointerTravelsToAnotherTask) {
  const Tally tally = run_all([] {
    sim::atomic<int> x{0};
    std::exception_ptr carried;
    sim::thread thrower{[&] {
      try {
        x.load();
        throw std::runtime_error("carried");
      } catch (...) {
        x.load();
        carried = std::current_exception();
      }
    }};
    sim::thread other{[&] { throw_and_step(x, "other"); }};
    thrower.join();
    other.join();
    try {
      std::rethrow_exception(carried);
    } catch (const std::runtime_error& error) {
      SIM_EXPECT(error.what() == std::string{"carried"});
    }
  });
  EXPECT_EQ(tally.executions, 10U);  // C(5,2)
  EXPECT_EQ(tally.failures, 0U) << tally.outcomes.begin()->first;
}

TEST(Exceptions, ThrownWhileHoldingAMutexReleasesIt) {
  const Tally tally = run_all([] {
    sim::mutex m;
    const auto enter = [&] {
      try {
        const std::lock_guard guard{m};
        throw std::runtime_error("inside");
      } catch (const std::runtime_error&) {
      }
    };
    sim::thread a{enter};
    sim::thread b{enter};
    a.join();
    b.join();
  });
  EXPECT_EQ(tally.executions, 2U);
  EXPECT_EQ(tally.failures, 0U);
}

TEST(Exceptions, TheCallerOfRunKeepsItsOwn) {
  try {
    throw std::runtime_error("host");
  } catch (...) {
    // One execution is truncated while its tasks are inside catch blocks, and drained.
    const auto execution = run(
        [] {
          sim::atomic<int> x{0};
          SIM_EXPECT(current_text() == "none");
          sim::thread t{[&] { throw_and_step(x, "task"); }};
          try {
            throw std::logic_error("main");
          } catch (...) {
            x.load();
            SIM_EXPECT(false);
          }
          t.join();
        },
        {1, 1, 0});
    EXPECT_EQ(execution.outcome.summary(), "assertion \"false\"");
    EXPECT_EQ(current_text(), "host");
    EXPECT_EQ(std::uncaught_exceptions(), 0);
  }
}

}  // namespace
