#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/engine/engine.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>

#include <tests/sim/random_program.hpp>

namespace sim::test {

/// How many executions of each kind a body has.
struct Counted {
  std::uint64_t interleavings = 0;
  std::uint64_t traces = 0;
  std::map<std::string, std::uint64_t> failures;  ///< traces by Outcome::summary()

  friend bool operator==(const Counted&, const Counted&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Counted& counted) {
    out << counted.interleavings << " interleavings, " << counted.traces << " traces";
    for (const auto& [failure, count] : counted.failures) out << "; " << count << " " << failure;
    return out;
  }
};

/// Runs every interleaving, and one of each trace, and expects both to come to the same traces.
inline Counted count_all(const Body& body, const Bounds& bounds = {}) {
  EngineOptions options;
  options.after_failure = AfterFailure::continue_;
  options.record_order = true;
  options.bounds = bounds;
  Engine engine{options};
  Counted counted;
  std::set<std::string> all;
  ExhaustiveStrategy exhaustive;
  while (exhaustive.begin_execution()) {
    engine.run(body, exhaustive);
    exhaustive.end_execution(engine.trace());
    all.insert(trace_text(engine));
    ++counted.interleavings;
  }
  std::set<std::string> found;
  DporStrategy dpor;
  while (dpor.begin_execution()) {
    Recorder recorder;
    const Outcome& outcome = engine.run(body, dpor, &recorder);
    dpor.end_execution(engine.trace());
    EXPECT_TRUE(found.insert(trace_text(engine)).second) << "a trace twice";
    if (outcome.failed()) ++counted.failures[outcome.summary()];
  }
  EXPECT_TRUE(exhaustive.exhausted());
  EXPECT_TRUE(dpor.exhausted());
  EXPECT_EQ(found, all);
  counted.traces = found.size();
  return counted;
}

}  // namespace sim::test
