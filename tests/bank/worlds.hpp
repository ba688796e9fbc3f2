#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <sim/engine/executions.hpp>
#include <sim/runtime/fiber_runtime.hpp>
#include <sim/runtime/thread_runtime.hpp>
#include <sim/search/random.hpp>
#include <sim/sync/thread.hpp>

namespace bank_test {

/// The two worlds that the bank's code runs in, so that one test can be run in both.
/// run(seed, body) calls body where the runtime's objects may be made; concurrently(jobs) runs jobs
/// at the same time, in the order that the seed gives where that can be had.
struct OnFibers {
  using Runtime = sim::FiberRuntime;

  static void run(std::uint64_t seed, const std::function<void()>& body) {
    static sim::Engine engine;
    sim::RandomStrategy strategy{seed};
    const sim::Outcome& outcome = run_once(engine, body, strategy);
    if (outcome.failed()) throw std::runtime_error(outcome.summary());
  }
  static void concurrently(const std::vector<std::function<void()>>& jobs) {
    std::vector<sim::thread> threads;
    for (const auto& job : jobs) threads.emplace_back(job);
    for (sim::thread& thread : threads) thread.join();
  }
};

struct OnThreads {
  using Runtime = sim::ThreadRuntime<>;

  static void run(std::uint64_t /*seed*/, const std::function<void()>& body) { body(); }
  static void concurrently(const std::vector<std::function<void()>>& jobs) {
    std::vector<std::thread> threads;
    for (const auto& job : jobs) threads.emplace_back(job);
    for (std::thread& thread : threads) thread.join();
  }
};

}  // namespace bank_test
