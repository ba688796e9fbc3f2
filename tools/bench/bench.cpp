// Benchmarks of the simulator: executions or traces per second, nanoseconds per scheduling point,
// and the memory that a search keeps.
//   build/release/tools/racelab_bench

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>

#include <benchmark/benchmark.h>
#include <boost/context/detail/fcontext.hpp>

#include <bank/scenarios.hpp>
#include <sim/check.hpp>
#include <sim/engine/executions.hpp>
#include <sim/engine/fiber.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/memory/happens_before.hpp>
#include <sim/scenario.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/pct.hpp>
#include <sim/search/pos.hpp>
#include <sim/search/random.hpp>
#include <sim/search/surw.hpp>
#include <sim/strategies/exhaustive.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace {

sim::Body body_of(const std::string& spec) {
  sim::Registry registry;
  bank::add_scenarios(registry);
  sim::add_count_programs(registry);
  return std::get<sim::Program>(registry.make(spec)).body;
}

template <class Strategy>
Strategy make_sampler(const std::string& spec) {
  constexpr std::uint64_t kSeed = 1;
  const sim::Measurement measured = sim::measure({spec, {}, body_of(spec)}, {}, kSeed);
  if constexpr (std::is_same_v<Strategy, sim::PctStrategy>) {
    return Strategy{kSeed, {3, measured.length}};
  } else if constexpr (std::is_same_v<Strategy, sim::SurwStrategy>) {
    return Strategy{kSeed, {measured, true}};
  } else {
    return Strategy{kSeed};
  }
}

/// Optional parts of an execution whose cost is measured.
enum class Extras { none, order, all };

/// Runs a complete search in each iteration, and counts executions and steps.
class Searches {
 public:
  Searches(benchmark::State& state, sim::Body body, Extras extras)
      : state_(state), body_(std::move(body)), extras_(extras) {
    sim::EngineOptions options;
    options.after_failure = sim::AfterFailure::continue_;
    options.record_order = extras != Extras::none;
    engine_ = std::make_unique<sim::Engine>(options);
  }

  template <class Strategy>
  void run(Strategy& strategy, std::uint64_t executions_max) {
    sim::Executions executions{*engine_, body_, strategy};
    for (std::uint64_t i = 0; i < executions_max && executions.next(); ++i) {
      ++executions_;
      steps_ += engine_->steps();
      if (extras_ == Extras::all) {
        clocks_.assign(engine_->trace());
        benchmark::DoNotOptimize(clocks_.fingerprint());
        benchmark::DoNotOptimize(engine_->trace().digest());
      }
    }
  }

  void report(const char* unit = "executions/s") {
    using benchmark::Counter;
    state_.counters[unit] = Counter(static_cast<double>(executions_), Counter::kIsRate);
    state_.counters["s/step"] =
        Counter(static_cast<double>(steps_), Counter::kIsRate | Counter::kInvert);
  }

 private:
  benchmark::State& state_;
  sim::Body body_;
  Extras extras_;
  std::unique_ptr<sim::Engine> engine_;
  sim::HappensBefore clocks_;
  std::uint64_t executions_ = 0;
  std::uint64_t steps_ = 0;
};

void exhaustive(benchmark::State& state, const std::string& spec, Extras extras) {
  Searches searches{state, body_of(spec), extras};
  for (auto _ : state) {
    sim::ExhaustiveStrategy strategy;
    searches.run(strategy, UINT64_MAX);
  }
  searches.report();
}

/// Runs one execution of each trace. The counter `left_bytes` is the largest size of the saved work
/// unit.
void dpor(benchmark::State& state, const std::string& spec) {
  Searches searches{state, body_of(spec), Extras::order};
  std::size_t bytes = 0;
  for (auto _ : state) {
    sim::DporStrategy strategy;
    searches.run(strategy, UINT64_MAX);
    bytes = strategy.branch_bytes_max();
  }
  searches.report("traces/s");
  state.counters["left_bytes"] = static_cast<double>(bytes);
}

void bounded(benchmark::State& state, const std::string& spec) {
  Searches searches{state, body_of(spec), Extras::none};
  for (auto _ : state) {
    sim::BoundedStrategy strategy;
    searches.run(strategy, UINT64_MAX);
  }
  searches.report();
}

template <class Strategy>
void sampler(benchmark::State& state) {
  const std::string spec = "count/bankrace:n=3";
  Searches searches{state, body_of(spec), Extras::none};
  Strategy strategy = make_sampler<Strategy>(spec);
  for (auto _ : state) searches.run(strategy, 1000);
  searches.report();
}

void random_walk(benchmark::State& state, const std::string& spec) {
  Searches searches{state, body_of(spec), Extras::none};
  sim::RandomStrategy strategy{1};
  for (auto _ : state) searches.run(strategy, 1000);
  searches.report();
}

/// bankrace(2) with an invariant that is checked after each write of `from`, and with vector
/// clocks, fingerprint and digest for each execution.
void everything_on(benchmark::State& state) {
  const auto body = [] {
    sim::atomic<int> from{100, "from"};
    sim::atomic<int> to{0, "to"};
    const sim::Invariant invariant{
        "from is never above its start", {from.id()}, [&] { return from.peek() <= 100; }};
    const auto withdraw = [&] {
      if (from.load() < 100) return;
      const int b = from.load();
      from.store(b - 100);
      const int c = to.load();
      to.store(c + 100);
    };
    sim::thread one{withdraw};
    sim::thread two{withdraw};
    one.join();
    two.join();
    SIM_EXPECT(from.peek() >= 0 && from.peek() + to.peek() == 100);
  };
  Searches searches{state, body, Extras::all};
  for (auto _ : state) {
    sim::ExhaustiveStrategy strategy;
    searches.run(strategy, UINT64_MAX);
  }
  searches.report();
}

/// One long execution of two tasks that alternate at every step: the cost of a scheduling point
/// with a task switch.
void scheduling_point(benchmark::State& state) {
  constexpr std::size_t kSteps = 4000;
  class Alternate final : public sim::Strategy {
   public:
    sim::SearchStatus begin_execution() override { return sim::SearchStatus::running; }
    std::uint32_t choose(const sim::ChoicePoint& point) override {
      return point.alternatives == 1 ? 0 : (turn_ ^= 1U);
    }

   private:
    std::uint32_t turn_ = 0;
  };
  const sim::Body body = [] {
    sim::atomic<int> x{0};
    const auto work = [&] {
      for (std::size_t i = 0; i < kSteps; ++i) x.load();
    };
    sim::thread one{work};
    sim::thread two{work};
    one.join();
    two.join();
  };
  Searches searches{state, body, Extras::none};
  Alternate strategy;
  for (auto _ : state) searches.run(strategy, 1);
  searches.report();
}

/// The lower bound: a switch to a fiber and back, and nothing else.
void bare_switch(benchmark::State& state) {
  namespace context = boost::context::detail;
  const sim::FiberStack stack{std::size_t{64} * 1024, 0};
  context::fcontext_t fiber =
      context::make_fcontext(stack.top(), stack.bytes(), [](context::transfer_t from) {
        for (;;) from = context::jump_fcontext(from.fctx, nullptr);
      });
  for (auto _ : state) fiber = context::jump_fcontext(fiber, nullptr).fctx;
  state.counters["s/step"] =
      benchmark::Counter(static_cast<double>(state.iterations() * 2),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(exhaustive, bankrace_2, "count/bankrace:n=2", Extras::none);
BENCHMARK_CAPTURE(exhaustive, bankrace_3, "count/bankrace:n=3", Extras::none)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(everything_on)->Name("exhaustive/bankrace_2_invariant_clocks_digest");
BENCHMARK_CAPTURE(exhaustive, lastzero_4, "count/lastzero:n=4", Extras::none)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(exhaustive, philosophers_4, "count/philosophers:n=4", Extras::none)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(exhaustive, double_spend_3, "bank/double-spend-3", Extras::none);
BENCHMARK_CAPTURE(dpor, lastzero_12, "count/lastzero:n=12")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, lastzero_15, "count/lastzero:n=15")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, readers_13, "count/readers:n=13")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, ninc_5, "count/ninc:n=5")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, bankrace_4, "count/bankrace:n=4")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, philosophers_12, "count/philosophers:n=12")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, double_spend_3, "bank/double-spend-3");
BENCHMARK_CAPTURE(bounded, bankrace_3, "count/bankrace:n=3")->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(sampler, sim::PctStrategy)->Name("pct/bankrace_3");
BENCHMARK_TEMPLATE(sampler, sim::PosStrategy)->Name("pos/bankrace_3");
BENCHMARK_TEMPLATE(sampler, sim::SurwStrategy)->Name("surw/bankrace_3");
BENCHMARK_CAPTURE(random_walk, bankrace_3, "count/bankrace:n=3");
BENCHMARK(scheduling_point);
BENCHMARK(bare_switch);

}  // namespace

BENCHMARK_MAIN();
