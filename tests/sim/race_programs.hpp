#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <vector>

/// Small programs with and without a data race. Each runs on std::thread, where ThreadSanitizer
/// judges it, and on sim::thread, where sim::var does. In no program does it depend on the
/// interleaving whether two accesses are ordered.
namespace race {

struct Named {
  const char* name;
  bool races;
  std::function<void()> run;
  /// Whether ThreadSanitizer misses the race. It assumes that a relaxed store continues the release
  /// sequence of another thread's store, which the C++ memory model does not say.
  bool is_missed = false;
};

/// `World` has the primitives of std or of sim. `World::var<T>` is a variable with read() and
/// write(). `World::wait_for(atomic, value, order)` returns when `atomic` has the value.
template <class World>
class Programs {
  using Flag = typename World::template atomic<int>;
  using Var = typename World::template var<int>;
  using thread = typename World::thread;
  using mutex = typename World::mutex;
  using shared_mutex = typename World::shared_mutex;
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr auto acquire = std::memory_order_acquire;
  static constexpr auto release = std::memory_order_release;
  static constexpr auto acq_rel = std::memory_order_acq_rel;
  static constexpr auto seq_cst = std::memory_order_seq_cst;

  template <class One, class Two>
  static void both(const One& one, const Two& two) {
    thread first{one};
    thread second{two};
    first.join();
    second.join();
  }
  /// One task writes and sets a flag; the other one finds the flag set and reads.
  static void pass(std::memory_order store, std::memory_order load) {
    Var data;
    Flag flag{0};
    both(
        [&] {
          data.write() = 1;
          flag.store(1, store);
        },
        [&] {
          World::wait_for(flag, 1, load);
          use(data.read());
        });
  }
  /// One task writes and sets a flag, another task changes the flag, and a third one finds the
  /// change and reads.
  template <class Change>
  static void pass_on(const Change& change) {
    Var data;
    Flag flag{0};
    thread between{[&] {
      World::wait_for(flag, 1, relaxed);
      change(flag);
    }};
    both(
        [&] {
          data.write() = 1;
          flag.store(1, release);
        },
        [&] {
          World::wait_for(flag, 2, acquire);
          use(data.read());
        });
    between.join();
  }
  /// The reader finds the flag with a compare_exchange that fails.
  static void pass_by_failure(std::memory_order failure) {
    Var data;
    Flag flag{0};
    both(
        [&] {
          data.write() = 1;
          flag.store(1, release);
        },
        [&] {
          World::wait_for(flag, 1, relaxed);
          int expected = 2;
          flag.compare_exchange_strong(expected, 3, relaxed, failure);
          use(data.read());
        });
  }
  /// Keeps compilers from removing the read.
  static void use(int value) { [[maybe_unused]] const volatile int used = value; }

 public:
  static std::vector<Named> all() {
    return {
        {"two_writes", true,
         [] {
           Var x;
           both([&] { x.write() = 1; }, [&] { x.write() = 2; });
         }},
        {"a_write_and_a_read", true,
         [] {
           Var x;
           both([&] { x.write() = 1; }, [&] { use(x.read()); });
         }},
        {"two_reads", false,
         [] {
           Var x;
           both([&] { use(x.read()); }, [&] { use(x.read()); });
         }},
        {"before_the_spawn_and_behind_the_join", false,
         [] {
           Var x;
           x.write() = 1;
           thread task{[&] { ++x.write(); }};
           task.join();
           use(x.read());
         }},
        {"behind_the_spawn", true,
         [] {
           Var x;
           thread task{[&] { ++x.write(); }};
           use(x.read());
           task.join();
         }},
        {"two_variables", false,
         [] {
           Var x;
           Var y;
           both([&] { x.write() = 1; }, [&] { y.write() = 1; });
         }},
        {"under_one_mutex", false,
         [] {
           Var x;
           mutex m;
           const auto add = [&] {
             const std::lock_guard held{m};
             ++x.write();
           };
           both(add, add);
         }},
        {"under_two_mutexes", true,
         [] {
           Var x;
           mutex m;
           mutex n;
           both(
               [&] {
                 const std::lock_guard held{m};
                 ++x.write();
               },
               [&] {
                 const std::lock_guard held{n};
                 ++x.write();
               });
         }},
        {"read_under_a_mutex_written_without", true,
         [] {
           Var x;
           mutex m;
           both([&] { x.write() = 1; },
                [&] {
                  const std::lock_guard held{m};
                  use(x.read());
                });
         }},
        {"release_acquire", false, [] { pass(release, acquire); }},
        {"seq_cst", false, [] { pass(seq_cst, seq_cst); }},
        {"relaxed_relaxed", true, [] { pass(relaxed, relaxed); }},
        {"release_relaxed", true, [] { pass(release, relaxed); }},
        {"relaxed_acquire", true, [] { pass(relaxed, acquire); }},
        {"through_a_relaxed_read_modify_write", false,
         [] { pass_on([](Flag& flag) { flag.fetch_add(1, relaxed); }); }},
        {"through_a_relaxed_store", true,
         [] { pass_on([](Flag& flag) { flag.store(2, relaxed); }); }, true},
        {"a_failure_that_acquires", false, [] { pass_by_failure(acquire); }},
        {"a_failure_that_does_not", true, [] { pass_by_failure(relaxed); }},
        {"an_exchange_each", false,
         [] {
           Var x;
           Flag turn{0};
           both(
               [&] {
                 x.write() = 1;
                 turn.exchange(1, acq_rel);
               },
               [&] {
                 World::wait_for(turn, 1, relaxed);
                 turn.exchange(2, acq_rel);
                 ++x.write();
               });
         }},
        {"through_two_mutexes_and_a_task", false,
         [] {
           Var x;
           Flag turn{0};
           mutex m;
           mutex n;
           thread between{[&] {
             World::wait_for(turn, 1, relaxed);
             { const std::lock_guard held{m}; }
             { const std::lock_guard held{n}; }
             turn.store(2, relaxed);
           }};
           both(
               [&] {
                 {
                   const std::lock_guard held{m};
                   x.write() = 1;
                 }
                 turn.store(1, relaxed);
               },
               [&] {
                 World::wait_for(turn, 2, relaxed);
                 const std::lock_guard held{n};
                 use(x.read());
               });
           between.join();
         }},
        {"a_writer_and_a_reader_of_a_shared_mutex", false,
         [] {
           Var x;
           shared_mutex m;
           both(
               [&] {
                 const std::lock_guard held{m};
                 x.write() = 1;
               },
               [&] {
                 const std::shared_lock held{m};
                 use(x.read());
               });
         }},
        {"a_writer_under_a_shared_lock", true,
         [] {
           Var x;
           shared_mutex m;
           const auto add = [&] {
             const std::shared_lock held{m};
             ++x.write();
           };
           both(add, add);
         }},
        {"handed_over_by_a_semaphore", false,
         [] {
           Var x;
           typename World::semaphore permits{0};
           both(
               [&] {
                 x.write() = 1;
                 permits.release();
               },
               [&] {
                 permits.acquire();
                 use(x.read());
               });
         }},
        {"handed_over_by_a_latch", false,
         [] {
           Var x;
           typename World::latch done{1};
           both(
               [&] {
                 x.write() = 1;
                 done.count_down();
               },
               [&] {
                 done.wait();
                 use(x.read());
               });
         }},
        {"written_behind_a_count_down", true,
         [] {
           Var x;
           typename World::latch done{1};
           both(
               [&] {
                 done.count_down();
                 x.write() = 1;
               },
               [&] {
                 done.wait();
                 use(x.read());
               });
         }},
        {"two_phases_of_a_barrier", false,
         [] {
           Var x;
           typename World::barrier phase{2};
           both(
               [&] {
                 x.write() = 1;
                 phase.arrive_and_wait();
               },
               [&] {
                 phase.arrive_and_wait();
                 use(x.read());
               });
         }},
        {"handed_over_by_a_condition_variable", false,
         [] {
           Var x;
           mutex m;
           typename World::condition_variable changed;
           both(
               [&] {
                 const std::lock_guard held{m};
                 x.write() = 1;
                 changed.notify_one();
               },
               [&] {
                 std::unique_lock held{m};
                 changed.wait(held, [&] { return x.read() == 1; });
               });
         }},
        {"waited_for_by_an_atomic", false,
         [] {
           Var x;
           Flag flag{0};
           both(
               [&] {
                 x.write() = 1;
                 flag.store(1, release);
                 flag.notify_one();
               },
               [&] {
                 flag.wait(0, acquire);
                 use(x.read());
               });
         }},
        {"promised", false,
         [] {
           Var x;
           typename World::promise done;
           auto future = done.get_future();
           both(
               [&] {
                 x.write() = 1;
                 done.set_value();
               },
               [&] {
                 future.wait();
                 use(x.read());
               });
         }},
    };
  }
};

}  // namespace race
