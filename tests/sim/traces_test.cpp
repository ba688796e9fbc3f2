// Checks the published numbers of Mazurkiewicz traces. All interleavings are grouped by their
// happens-before order, as counts.md defines it. A wrong number indicates a wrong step, or a read
// that should be a write or the reverse.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <sim/diagnose/explanation.hpp>
#include <sim/engine/executions.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/explorer.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tests/sim/run.hpp>

namespace {

/// For each task, the number of its steps that happen before a point, inclusive.
using Clock = std::array<std::uint8_t, 8>;

/// Whether two steps are dependent: they are of one task, or on one object and at least one of them
/// writes. lock and unlock are writes.
bool dependent(const sim::TraceEntry& a, const sim::TraceEntry& b) {
  return a.task == b.task || (a.object == b.object && (a.is_write() || b.is_write()));
}

/// For each step, by task and index within the task, the steps that happen before it. Equal for two
/// executions exactly if they have the same trace. Written to be obviously correct, not fast, and
/// independent of sim/memory.
std::string canonical(std::span<const sim::TraceEntry> entries) {
  std::vector<sim::TraceEntry> steps;
  for (const sim::TraceEntry& entry : entries) {
    if (entry.is_step()) steps.push_back(entry);
  }
  std::vector<Clock> clocks(steps.size());
  std::array<std::uint8_t, 8> made{};
  std::vector<std::array<std::uint8_t, 2>> identity(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t before = 0; before < i; ++before) {
      if (!dependent(steps[before], steps[i])) continue;
      for (std::size_t t = 0; t < 8; ++t) clocks[i][t] = std::max(clocks[i][t], clocks[before][t]);
    }
    const std::size_t task = sim::index_of(steps[i].task);
    clocks[i].at(task) = ++made.at(task);
    identity[i] = {static_cast<std::uint8_t>(task), made.at(task)};
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::string line(identity[i].begin(), identity[i].end());
    line.append(clocks[i].begin(), clocks[i].end());
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines) all += line;
  return all;
}

struct Row {
  const char* program;
  std::size_t traces;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.program;
}

class Traces : public testing::TestWithParam<Row> {};

TEST_P(Traces, AllInterleavingsFallIntoThePublishedNumberOfThem) {
  sim::Registry registry;
  sim::add_count_programs(registry);
  const auto program = std::get<sim::Program>(registry.make(GetParam().program));
  for (const bool record_order : {false, true}) {
    sim::EngineOptions options = sim::test::kGoOn;
    options.record_order = record_order;
    sim::Engine engine{options};
    sim::ExhaustiveStrategy strategy;
    sim::HappensBefore order;
    std::set<std::string> traces;
    std::set<std::uint64_t> fingerprints;
    sim::Executions executions{engine, program.body, strategy};
    while (executions.next()) {
      traces.insert(canonical(engine.trace().entries()));
      if (record_order) {
        order.assign(engine.trace());
        fingerprints.insert(order.fingerprint());
      }
    }
    EXPECT_EQ(traces.size(), GetParam().traces);
    if (record_order) {
      EXPECT_EQ(fingerprints.size(), GetParam().traces);
    }
  }
}

// (N+3) 2^(N-2) for lastzero, N! for one lock or one atomic increment, (N!)^2 for the racy one,
// 2^N - 1 and 2^N - 2 for the philosophers.
INSTANTIATE_TEST_SUITE_P(
    Published, Traces,
    testing::Values(Row{"count/readers:n=2", 4}, Row{"count/readers:n=3", 8},
                    Row{"count/readers:n=4", 16}, Row{"count/lastzero:n=2", 5},
                    Row{"count/lastzero:n=3", 12}, Row{"count/ainc:n=2", 2},
                    Row{"count/ainc:n=4", 24}, Row{"count/ninc:n=2", 4}, Row{"count/ninc:n=3", 36},
                    Row{"count/ninc:n=4", 576}, Row{"count/linc:n=3", 6}, Row{"count/linc:n=4", 24},
                    Row{"count/philosophers:n=2", 3}, Row{"count/philosophers:n=3", 7},
                    Row{"count/philosophers-ordered:n=2", 2},
                    Row{"count/philosophers-ordered:n=3", 6}, Row{"count/bankrace:n=2", 18},
                    Row{"count/fib:n=1", 3}, Row{"count/fib:n=2", 19}, Row{"count/sb:n=2", 3},
                    Row{"count/sb:n=3", 7}));

// The larger programs, in which an additional step is less likely to go unnoticed. Not run under
// AddressSanitizer, which would need more time and find nothing new.
#if !SIM_ASAN
INSTANTIATE_TEST_SUITE_P(PublishedLarge, Traces,
                         testing::Values(Row{"count/lastzero:n=4", 28}, Row{"count/fib:n=3", 141},
                                         Row{"count/philosophers:n=4", 15},
                                         Row{"count/philosophers-ordered:n=4", 14},
                                         Row{"count/bankrace:n=3", 1395}));
#endif

TEST(TracesOfFailures, AFailedCompareExchangeIsARead) {
  // Two tasks try to take a free place. In either order one writes, and the attempt of the other
  // one fails. If failed attempts were writes, their orders with two more readers would be
  // different traces.
  std::set<std::string> traces;
  const auto tally = sim::test::run_all(
      [] {
        sim::atomic<int> place{0};
        const auto take = [&] {
          int free = 0;
          place.compare_exchange_strong(free, 1);
        };
        sim::thread a{take};
        sim::thread b{take};
        sim::thread c{take};
        a.join();
        b.join();
        c.join();
      },
      {}, [&](const sim::Engine& engine) { traces.insert(canonical(engine.trace().entries())); });
  EXPECT_EQ(tally.executions, 6U);
  EXPECT_EQ(traces.size(), 3U);  // the traces differ in who was first; the two failed attempts are
                                 // independent
}

TEST(TracesOfFailures, AFailedTryLockIsARead) {
  std::set<std::string> traces;
  const auto tally = sim::test::run_all(
      [] {
        sim::mutex m;
        m.lock();
        const auto attempt = [&] { m.try_lock(); };
        sim::thread a{attempt};
        sim::thread b{attempt};
        a.join();
        b.join();
        m.unlock();
      },
      {}, [&](const sim::Engine& engine) { traces.insert(canonical(engine.trace().entries())); });
  EXPECT_EQ(tally.executions, 2U);
  EXPECT_EQ(traces.size(), 1U);
}

/// A TaskId has 256 values: task 256 must not be taken for task 0.
TEST(TracesOfRecordings, ATaskBeyondThoseOfAnExecutionIsRefused) {
  sim::Recording recording;
  recording.tasks.resize(257);
  for (const std::size_t task : {0U, 255U}) {
    sim::RecordedEvent& event = recording.events.emplace_back();
    event.task = task;
    event.operation = sim::OperationKind::store;
  }
  EXPECT_EQ(sim::conflict_edges(recording).size(), 1U);
  recording.events.back().task = 256;
  EXPECT_THROW(static_cast<void>(sim::conflict_edges(recording)), std::length_error);
  EXPECT_THROW(static_cast<void>(recording.trace()), std::length_error);
}

}  // namespace
