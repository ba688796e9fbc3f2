#pragma once

// Explains the failure of a small program, for tests of explanations and of the names of bugs.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sim/diagnose/explain.hpp>
#include <sim/diagnose/prober.hpp>
#include <sim/diagnose/shrink.hpp>
#include <sim/report/cause.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/thread.hpp>

namespace sim::test {

struct Why {
  std::string pattern;
  std::vector<std::string> orders;
  Explanation explanation;
};

/// Explains the simplest failure of a program with at least two tasks.
inline Why why(const Body& body) {
  const Program program{"program", {}, body};
  ExhaustiveStrategy strategy;
  Prober prober{{}};
  const auto fails = [](const Engine& engine) { return engine.outcome().failed(); };
  const Probe probe = prober.search(program, strategy, fails);
  EXPECT_TRUE(probe.found);
  Shrunk shrunk = shrink(program, probe.trace, prober);
  Why why;
  why.explanation = explain(program, shrunk.recording, prober);
  why.pattern = to_string(why.explanation.pattern);
  for (const Ordering& order : why.explanation.necessary) {
    why.orders.push_back(order_text(shrunk.recording, order));
  }
  return why;
}

/// Runs two functions as two tasks and waits for both.
template <class A, class B>
void run_both(const A& one, const B& other) {
  thread a{one};
  thread b{other};
  a.join();
  b.join();
}

}  // namespace sim::test
