#include <sim/examples/count_programs.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/await.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

constexpr std::size_t kThreadsMax = 16;

/// A vector of objects that cannot be moved, with room for a fixed number of them. It allocates
/// nothing, because the programs serve as benchmarks of steps, not of allocations.
template <class T>
class Row {
 public:
  Row() = default;
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() {
    while (size_ > 0) (*this)[--size_].~T();
  }
  template <class... Arguments>
  void add(Arguments&&... arguments) {
    new (&memory_[size_ * sizeof(T)]) T(std::forward<Arguments>(arguments)...);
    ++size_;
  }
  T& operator[](std::size_t i) {
    return *std::launder(reinterpret_cast<T*>(&memory_[i * sizeof(T)]));
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  alignas(T) std::byte memory_[(kThreadsMax + 1) * sizeof(T)];
  std::size_t size_ = 0;
};

/// The tasks of a program, which are all joined at its end.
class Tasks {
 public:
  template <class Function>
  void add(Function function) {
    threads_.add(std::move(function));
  }
  void join() {
    for (std::size_t i = 0; i < threads_.size(); ++i) threads_[i].join();
  }

 private:
  Row<thread> threads_;
};

void readers(std::size_t n) {
  atomic<int> x{0, "x"};
  Tasks tasks;
  tasks.add([&] { x.store(1); });
  for (std::size_t i = 0; i < n; ++i) tasks.add([&] { x.load(); });
  tasks.join();
}

void lastzero(std::size_t n) {
  Row<atomic<int>> a;
  for (std::size_t i = 0; i <= n; ++i) a.add(0, Name{"a", i});
  Tasks tasks;
  tasks.add([&, n] {
    for (std::size_t i = n; a[i].load() != 0;) --i;
  });
  for (std::size_t j = 1; j <= n; ++j) tasks.add([&, j] { a[j].store(a[j - 1].load() + 1); });
  tasks.join();
}

void ainc(std::size_t n) {
  atomic<int> counter{0, "counter"};
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) tasks.add([&] { counter.fetch_add(1); });
  tasks.join();
}

void ninc(std::size_t n) {
  atomic<int> counter{0, "counter"};
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) tasks.add([&] { counter.store(counter.load() + 1); });
  tasks.join();
  SIM_EXPECT(counter.peek() == static_cast<int>(n));
}

/// The counter is a plain variable, so only lock and unlock are steps.
void linc(std::size_t n) {
  mutex m{"m"};
  int counter = 0;
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) {
    tasks.add([&] {
      const std::lock_guard lock{m};
      ++counter;
    });
  }
  tasks.join();
}

void philosophers(std::size_t n, bool ordered) {
  Row<mutex> forks;
  for (std::size_t i = 0; i < n; ++i) forks.add(Name{"fork", i});
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t first = i;
    std::size_t second = (i + 1) % n;
    if (ordered && first > second) std::swap(first, second);
    tasks.add([&forks, first, second] {
      const std::lock_guard left{forks[first]};
      const std::lock_guard right{forks[second]};
    });
  }
  tasks.join();
}

void bankrace(std::size_t n) {
  atomic<int> from{100, "from"};
  atomic<int> to{0, "to"};
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) {
    tasks.add([&] {
      if (from.load() < 100) return;
      const int b = from.load();
      from.store(b - 100);
      const int c = to.load();
      to.store(c + 100);
    });
  }
  tasks.join();
  SIM_EXPECT(from.peek() >= 0 && from.peek() + to.peek() == 100);
}

void fib(std::size_t rounds) {
  atomic<int> i{1, "i"};
  atomic<int> j{1, "j"};
  const auto add = [rounds](atomic<int>& mine, atomic<int>& other) {
    for (std::size_t round = 0; round < rounds; ++round) {
      const int a = mine.load();
      const int b = other.load();
      mine.store(a + b);
    }
  };
  Tasks tasks;
  tasks.add([&] { add(i, j); });
  tasks.add([&] { add(j, i); });
  tasks.join();
}

void sb(std::size_t n) {
  Row<atomic<int>> x;
  for (std::size_t i = 0; i < n; ++i) x.add(0, Name{"x", i});
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) {
    tasks.add([&, i] {
      x[i].store(1);
      x[(i + 1) % n].load();
    });
  }
  tasks.join();
}

/// Each task takes a ticket, waits until its number is served, and then serves the next number.
void ticketlock(std::size_t n) {
  atomic<std::uint32_t> next{0, "next"};
  atomic<std::uint32_t> served{0, "served"};
  Tasks tasks;
  for (std::size_t i = 0; i < n; ++i) {
    tasks.add([&] {
      const std::uint32_t mine = next.fetch_add(1);
      await(served, [mine](std::uint32_t ticket) { return ticket == mine; });
      served.store(mine + 1);
    });
  }
  tasks.join();
}

/// A body that calls run(n). `run` is a template argument so that the call can be inlined.
template <void (*run)(std::size_t)>
Body body(std::size_t n) {
  return [n] { run(n); };
}

void philosophers_left_first(std::size_t n) {
  philosophers(n, false);
}
void philosophers_lower_first(std::size_t n) {
  philosophers(n, true);
}

struct CountProgram {
  const char* name;
  const char* summary;
  bool fails;
  std::int64_t standard;  ///< the default of the parameter
  std::int64_t min;
  Body (*make)(std::size_t n);
};

constexpr std::array kPrograms{
    CountProgram{"count/readers", "one writer, n readers of one variable", false, 3, 1,
                 body<readers>},
    CountProgram{"count/lastzero", "a scan for the last zero in an array that n tasks fill", false,
                 3, 1, body<lastzero>},
    CountProgram{"count/ainc", "n atomic increments", false, 3, 1, body<ainc>},
    CountProgram{"count/ninc", "n increments that are a load and a store", true, 3, 1, body<ninc>},
    CountProgram{"count/linc", "n increments under one lock", false, 3, 1, body<linc>},
    CountProgram{"count/philosophers", "n dining philosophers, left fork first", true, 3, 2,
                 body<philosophers_left_first>},
    CountProgram{"count/philosophers-ordered", "n dining philosophers, lower fork first", false, 3,
                 2, body<philosophers_lower_first>},
    CountProgram{"count/bankrace", "n check-then-act withdrawals of everything", true, 2, 1,
                 body<bankrace>},
    CountProgram{"count/fib", "two tasks add each other's variable, n rounds", false, 2, 1,
                 body<fib>},
    CountProgram{"count/sb", "store buffering: n tasks store one variable, load the next", false, 3,
                 2, body<sb>},
    CountProgram{"count/ticketlock", "n critical sections under a ticket lock", false, 3, 1,
                 body<ticketlock>},
};

}  // namespace

std::span<const PublishedCounts> published_counts() {
  // Traces by formula: (n+3) 2^(n-2) for lastzero, n! for a lock or an atomic increment, (n!)^2 for
  // the racy increment, 2^n - 1 and 2^n - 2 for the two kinds of philosophers.
  static constexpr std::array<PublishedCounts, 50> kCounts{{
      {"count/readers:n=2", 4, 6},
      {"count/readers:n=3", 8, 24},
      {"count/readers:n=4", 16, 120},
      {"count/readers:n=8", 256, std::nullopt},
      {"count/readers:n=13", 8192, std::nullopt},
      {"count/lastzero:n=2", 5, 35},
      {"count/lastzero:n=3", 12, 920},
      {"count/lastzero:n=4", 28, 44300},
      {"count/lastzero:n=5", 64, std::nullopt},
      {"count/lastzero:n=10", 3328, std::nullopt},
      {"count/lastzero:n=12", 15360, std::nullopt},
      {"count/lastzero:n=15", 147456, std::nullopt},
      {"count/ainc:n=2", 2, 2},
      {"count/ainc:n=3", 6, 6},
      {"count/ainc:n=4", 24, 24},
      {"count/ainc:n=5", 120, 120},
      {"count/ainc:n=8", 40320, 40320},
      {"count/ninc:n=2", 4, 6},
      {"count/ninc:n=3", 36, 90},
      {"count/ninc:n=4", 576, 2520},
      {"count/ninc:n=5", 14400, std::nullopt},
      {"count/linc:n=2", 2, 2},
      {"count/linc:n=3", 6, 6},
      {"count/linc:n=4", 24, 24},
      {"count/linc:n=5", 120, 120},
      {"count/linc:n=8", 40320, 40320},
      {"count/philosophers:n=2", 3, std::nullopt},
      {"count/philosophers:n=3", 7, 168},
      {"count/philosophers:n=4", 15, 98184},
      {"count/philosophers:n=5", 31, std::nullopt},
      {"count/philosophers:n=8", 255, std::nullopt},
      {"count/philosophers:n=12", 4095, std::nullopt},
      {"count/philosophers-ordered:n=3", 6, 142},
      {"count/philosophers-ordered:n=4", 14, 64000},
      {"count/philosophers-ordered:n=5", 30, std::nullopt},
      {"count/philosophers-ordered:n=8", 254, std::nullopt},
      {"count/bankrace:n=2", 18, 216},
      {"count/bankrace:n=3", 1395, 495486},
      {"count/fib:n=1", 3, 20},
      {"count/fib:n=2", 19, 924},
      {"count/fib:n=3", 141, std::nullopt},
      {"count/fib:n=4", 1107, std::nullopt},
      {"count/fib:n=5", 8953, std::nullopt},
      {"count/sb:n=2", 3, 6},
      {"count/sb:n=3", 7, std::nullopt},
      {"count/sb:n=8", 255, std::nullopt},
      {"count/ticketlock:n=2", 2, 6},
      {"count/ticketlock:n=3", 6, 72},
      {"count/ticketlock:n=4", 24, std::nullopt},
      {"count/ticketlock:n=5", 120, std::nullopt},
  }};
  return kCounts;
}

void add_count_programs(Registry& registry) {
  for (const CountProgram& program : kPrograms) {
    const Parameter n{"n", program.standard, program.min, kThreadsMax - 1, "size of the program"};
    registry.add({program.name,
                  program.summary,
                  program.fails,
                  {n},
                  [make = program.make](const Arguments& arguments) {
                    const auto size = static_cast<std::size_t>(arguments.at("n"));
                    return Program{{}, {}, make(size)};
                  }});
  }
}

}  // namespace sim
