// Fuzz target for work units. Properties: any bytes are either accepted by a strategy as a work
// unit, or are refused. An accepted unit can be explored, split, saved and resumed, whether it
// belongs to the program or not. The first byte of the input selects the strategy.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sim/check.hpp>
#include <sim/engine/engine.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/bounded.hpp>
#include <sim/search/dpor/dpor.hpp>
#include <sim/search/exhaustive.hpp>
#include <sim/search/measured.hpp>
#include <sim/search/portfolio.hpp>
#include <sim/search/random.hpp>
#include <sim/search/surw.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

#include <tools/fuzz/fuzz_check.hpp>

namespace {

constexpr int kExecutionsMax = 20;

/// A program with each kind of choice, and with tasks that are not spawned by the test body.
void body() {
  sim::atomic<int> x{0, "x"};
  sim::mutex mutex{"mutex"};
  sim::condition_variable changed{"changed"};
  bool ready = false;
  const auto wait = [&] {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return ready; });
  };
  sim::thread a{wait};
  sim::thread b{[&] {
    sim::thread c{[&] { x.fetch_add(1); }};
    if (sim::choose(3) == 1) x.store(5);
    wait();
    c.join();
  }};
  {
    const std::scoped_lock lock{mutex};
    ready = true;
  }
  x.load();
  changed.notify_one();
  changed.notify_all();
  a.join();
  b.join();
}

std::unique_ptr<sim::SplittableStrategy> make_strategy(unsigned number) {
  const auto make_surw = [](const sim::Measurement& size) {
    return std::make_unique<sim::SurwStrategy>(1, sim::SurwOptions{size, true});
  };
  switch (number % 6) {
    case 0:
      return std::make_unique<sim::ExhaustiveStrategy>();
    case 1:
      return std::make_unique<sim::BoundedStrategy>();
    case 2:
      return std::make_unique<sim::DporStrategy>();
    case 3:
      return std::make_unique<sim::PortfolioStrategy>(1);
    case 4:
      return std::make_unique<sim::MeasuredStrategy>(1, make_surw,
                                                     [] { return sim::Measurement{}; });
    default:
      return std::make_unique<sim::RandomStrategy>(1);
  }
}

void explore(sim::SplittableStrategy& strategy) {
  static sim::Engine engine{[] {
    sim::EngineOptions options;
    options.record_order = true;
    options.after_failure = sim::AfterFailure::continue_;
    return options;
  }()};
  static const sim::Body program{body};
  sim::Executions executions{engine, program, strategy};
  for (int i = 0; i < kExecutionsMax && executions.next(); ++i) {
  }
}

/// Checks that a new strategy accepts a unit that another one has saved or split off.
void check_resumes(unsigned number, std::string_view unit) {
  const auto strategy = make_strategy(number);
  fuzz::check(strategy->resume(unit), "a strategy accepts a work unit of its own");
  explore(*strategy);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned number = data[0];
  const auto strategy = make_strategy(number);
  if (!strategy->resume(fuzz::text_of(data + 1, size - 1))) {
    fuzz::check(strategy->begin_execution() != sim::SearchStatus::running,
                "after a refused unit there is nothing to explore");
    return 0;
  }
  check_resumes(number, strategy->save());
  if (const std::optional<std::string> unit = strategy->split()) check_resumes(number, *unit);
  explore(*strategy);
  static_cast<void>(strategy->progress());
  check_resumes(number, strategy->save());
  return 0;
}
