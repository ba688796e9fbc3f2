// Runs one of the programs of race_programs.hpp on real threads many times. ThreadSanitizer ends
// the process when it detects a data race.

#include <tests/sim/race_programs.hpp>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>

namespace {

constexpr int kTimes = 200;

struct StdWorld {
  template <class T>
  using atomic = std::atomic<T>;
  template <class T>
  class var {
   public:
    [[nodiscard]] const T& read() const { return value_; }
    T& write() { return value_; }

   private:
    T value_{};
  };
  using thread = std::thread;
  using mutex = std::mutex;
  using shared_mutex = std::shared_mutex;
  using condition_variable = std::condition_variable;
  using semaphore = std::counting_semaphore<>;
  using latch = std::latch;
  using barrier = std::barrier<>;
  using promise = std::promise<void>;
  static void wait_for(atomic<int>& object, int value, std::memory_order order) {
    while (object.load(order) != value) std::this_thread::yield();
  }
};

}  // namespace

extern "C" const char* __tsan_default_options() {  // NOLINT: its name
  return "exitcode=66:halt_on_error=1";
}

int main(int argc, char** argv) {
  for (const race::Named& program : race::Programs<StdWorld>::all()) {
    if (argc != 2 || std::string{argv[1]} != program.name) continue;
    for (int i = 0; i < kTimes; ++i) program.run();
    return 0;
  }
  std::fputs("usage: race_programs <program>\n", stderr);
  return 2;
}
