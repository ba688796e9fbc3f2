#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <sim/engine/executions.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/strategies/exhaustive.hpp>

#include <tests/sim/random_program.hpp>

namespace sim::test {

/// The number of executions of each kind that a body has.
struct Counted {
  std::uint64_t interleavings = 0;
  std::uint64_t traces = 0;
  std::map<std::string, std::uint64_t> failures;  ///< number of traces by Outcome::summary()

  friend bool operator==(const Counted&, const Counted&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Counted& counted) {
    out << counted.interleavings << " interleavings, " << counted.traces << " traces";
    for (const auto& [failure, count] : counted.failures) out << "; " << count << " " << failure;
    return out;
  }
};

/// Runs every interleaving, and one execution of each trace, and expects both searches to find the
/// same traces.
inline Counted count_all(const Body& body, const Bounds& bounds = {}) {
  EngineOptions options;
  options.after_failure = AfterFailure::continue_;
  options.record_order = true;
  options.bounds = bounds;
  Engine engine{options};
  Counted counted;
  std::set<std::string> all;
  ExhaustiveStrategy exhaustive;
  Executions interleavings{engine, body, exhaustive};
  while (interleavings.next()) {
    all.insert(trace_text(engine));
    ++counted.interleavings;
  }
  std::set<std::string> found;
  DporStrategy dpor;
  Executions traces{engine, body, dpor};
  for (std::optional<Recorder> recorder; traces.next(&recorder.emplace());) {
    const Outcome& outcome = engine.outcome();
    EXPECT_TRUE(found.insert(trace_text(engine)).second) << "a trace twice";
    if (outcome.failed()) ++counted.failures[outcome.summary()];
  }
  EXPECT_EQ(interleavings.status(), SearchStatus::exhausted);
  EXPECT_EQ(traces.status(), SearchStatus::exhausted);
  EXPECT_EQ(found, all);
  counted.traces = found.size();
  return counted;
}

}  // namespace sim::test
