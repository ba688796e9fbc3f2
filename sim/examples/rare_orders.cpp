#include <sim/examples/rare_orders.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include <sim/engine/check.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>
#include <sim/sync/var.hpp>

namespace sim {
namespace {

using Number = atomic<int>;

/// The tasks of a program, which are all joined at its end.
class Tasks {
 public:
  template <class Function>
  void add(std::int64_t count, const Function& function) {
    for (std::int64_t i = 0; i < count; ++i) threads_.emplace_back(function);
  }
  void join() {
    for (thread& one : threads_) one.join();
  }

 private:
  std::deque<thread> threads_;
};

/// Each setter stores to `a` and then to `b`. A checker that runs between the two stores of the
/// first setter sees only one of them. With many setters a sampler that treats all tasks alike
/// seldom stops each of them after its first store.
void reorder(std::int64_t setters, std::int64_t checkers) {
  Number a{0, "a"};
  Number b{0, "b"};
  Tasks tasks;
  tasks.add(setters, [&] {
    a.store(1);
    b.store(-1);
  });
  tasks.add(checkers, [&] {
    const bool seen_whole = (a.load() == 0 && b.load() == 0) || (a.load() == 1 && b.load() == -1);
    SIM_EXPECT(seen_whole);
  });
  tasks.join();
}

/// Writers set `d1` under one lock and derive `d2` from it under another. A reader that comes
/// between the two sees the first only.
void twostage(std::int64_t writers, std::int64_t readers) {
  mutex first{"m1"};
  mutex second{"m2"};
  Number d1{0, "d1"};
  Number d2{0, "d2"};
  Tasks tasks;
  tasks.add(writers, [&] {
    {
      const std::lock_guard lock{first};
      d1.store(1);
    }
    const std::lock_guard lock{second};
    d2.store(d1.load() + 1);
  });
  tasks.add(readers, [&] {
    int t1 = 0;
    {
      const std::lock_guard lock{first};
      if (d1.load() == 0) return;
      t1 = d1.load();
    }
    int t2 = 0;
    {
      const std::lock_guard lock{second};
      t2 = d2.load();
    }
    SIM_EXPECT(t2 == t1 + 1);
  });
  tasks.join();
}

/// Two groups of tasks change `v`, each group under a lock of its own.
void wronglock(std::int64_t checked, std::int64_t others) {
  mutex d{"d"};
  mutex s{"s"};
  Number v{0, "v"};
  Tasks tasks;
  tasks.add(checked, [&] {
    const std::lock_guard lock{d};
    const int x = v.load();
    v.store(v.load() + 1);
    const int after = v.load();
    SIM_EXPECT(after == x + 1);
  });
  tasks.add(others, [&] {
    const std::lock_guard lock{s};
    v.store(v.load() + 1);
  });
  tasks.join();
}

/// The check of the balance forgets the sign of the deposit.
void account() {
  constexpr int kX = 1;
  constexpr int kY = 2;
  constexpr int kZ = 4;
  mutex m{"lock"};
  Number balance{kX, "balance"};
  Number deposited{0, "deposited"};
  Number withdrawn{0, "withdrawn"};
  Tasks tasks;
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    if (deposited.load() == 0 || withdrawn.load() == 0) return;
    const int now = balance.load();
    SIM_EXPECT(now == kX - kY - kZ);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    balance.store(balance.load() + kY);
    deposited.store(1);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    balance.store(balance.load() - kZ);
    withdrawn.store(1);
  });
  tasks.join();
}

/// A driver is stopped between the moment at which a request looks whether it is being stopped and
/// the moment at which the request counts itself as pending.
void bluetooth() {
  mutex m{"lock"};
  Number pending{1, "pending"};
  atomic<bool> flag{false, "flag"};
  atomic<bool> event{false, "event"};
  atomic<bool> stopped{false, "stopped"};
  const auto release = [&] {
    const std::lock_guard lock{m};
    pending.store(pending.load() - 1);
    if (pending.load() == 0) event.store(true);
  };
  thread stopper{[&] {
    flag.store(true);
    release();
    if (event.load()) stopped.store(true);
  }};
  if (!flag.load()) {
    {
      const std::lock_guard lock{m};
      pending.store(pending.load() + 1);
    }
    const bool is_stopped = stopped.load();
    SIM_EXPECT(!is_stopped);
    release();
  }
  stopper.join();
}

/// Three tasks take one lock; the one that checks expects to come before the last of the others.
void lazy() {
  mutex m{"lock"};
  Number data{0, "data"};
  Tasks tasks;
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    data.store(data.load() + 1);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    data.store(data.load() + 2);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    const int now = data.load();
    SIM_EXPECT(now < 3);
  });
  tasks.join();
}

/// A token goes round three variables; it arrives everywhere only if the tasks run in their order.
void token_ring() {
  mutex m{"lock"};
  Number x1{0, "x1"};
  Number x2{0, "x2"};
  Number x3{0, "x3"};
  std::array<Number, 3> done{Number{0, "done1"}, Number{0, "done2"}, Number{0, "done3"}};
  Tasks tasks;
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    x1.store((x3.load() + 1) % 4);
    done[0].store(1);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    x2.store(x1.load());
    done[1].store(1);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    x3.store(x2.load());
    done[2].store(1);
  });
  tasks.add(1, [&] {
    const std::lock_guard lock{m};
    for (Number& one : done) {
      if (one.load() == 0) return;
    }
    const bool equal = x1.load() == x2.load() && x2.load() == x3.load();
    SIM_EXPECT(equal);
  });
  tasks.join();
}

/// The lock-free stack of Dmitry Vyukov ("SafeStack"): its tasks own the cells that they pop. Two
/// tasks can own one cell, after at least five preemptions.
class SafeStack {
 public:
  static constexpr int kCells = 3;

  int pop() {
    for (int round = 0; round < kRoundsMax && count_.load() > 1; ++round) {
      const int top = head_.load();
      const int below = cell(top).next.exchange(-1);
      if (below < 0) continue;
      int expected = top;
      if (head_.compare_exchange_strong(expected, below)) {
        count_.fetch_sub(1);
        return top;
      }
      cell(top).next.exchange(below);
    }
    return -1;
  }

  void push(int index) {
    int top = head_.load();
    do {
      cell(index).next.store(top);
    } while (!head_.compare_exchange_strong(top, index));
    count_.fetch_add(1);
  }

  var<int>& value(int index) { return cell(index).value; }

 private:
  /// Fruitless rounds of pop() after which a task gives up.
  static constexpr int kRoundsMax = 2;

  struct Cell {
    Number next;
    var<int> value;
  };

  Cell& cell(int index) { return cells_[static_cast<std::size_t>(index)]; }

  Number head_{0, "head"};
  Number count_{kCells, "count"};
  std::array<Cell, kCells> cells_{Cell{{1, "next[0]"}, var<int>{-1, "value[0]"}},
                                  Cell{{2, "next[1]"}, var<int>{-1, "value[1]"}},
                                  Cell{{-1, "next[2]"}, var<int>{-1, "value[2]"}}};
};

void safe_stack(std::int64_t tasks_in_all) {
  SafeStack stack;
  std::deque<thread> threads;
  for (int number = 0; number < tasks_in_all; ++number) {
    threads.emplace_back([&stack, number] {
      for (int turn = 0; turn < 2; ++turn) {
        const int index = stack.pop();
        if (index < 0) continue;
        stack.value(index) = number;
        const int read = stack.value(index).read();
        SIM_EXPECT(read == number);
        stack.push(index);
      }
    });
  }
  for (thread& one : threads) one.join();
}

/// Two tasks yield until a third has stored.
void two_spinners() {
  atomic<bool> ready{false, "ready"};
  Tasks tasks;
  tasks.add(2, [&] {
    while (!ready.load()) yield();
  });
  tasks.add(1, [&] { ready.store(true); });
  tasks.join();
}

Scenario of_two(std::string name, std::string summary, Parameter first, Parameter second,
                void (*body)(std::int64_t, std::int64_t)) {
  const std::string a = first.name;
  const std::string b = second.name;
  return {
      std::move(name),
      std::move(summary),
      true,
      {std::move(first), std::move(second)},
      [=](const Arguments& arguments) {
        return Program{{}, {}, [body, m = arguments.at(a), n = arguments.at(b)] { body(m, n); }};
      }};
}

Scenario plain(std::string name, std::string summary, bool fails, void (*body)()) {
  return {std::move(name), std::move(summary), fails, {}, [body](const Arguments&) {
            return Program{{}, {}, body};
          }};
}

}  // namespace

void add_rare_orders(Registry& registry) {
  constexpr std::int64_t kMax = 60;
  registry.add(of_two("rare/reorder", "a checker sees one of two stores of a setter",
                      {"setters", 4, 1, kMax, "tasks that store twice"},
                      {"checkers", 1, 1, kMax, "tasks that load both"}, reorder));
  registry.add(of_two("rare/twostage", "a reader comes between two stages of a writer",
                      {"writers", 1, 1, kMax, "tasks that write in two stages"},
                      {"readers", 1, 1, kMax, "tasks that read both stages"}, twostage));
  registry.add(of_two("rare/wronglock", "two groups of tasks lock different mutexes",
                      {"checked", 1, 1, kMax, "tasks that check what they wrote"},
                      {"others", 3, 1, kMax, "tasks with the other mutex"}, wronglock));
  registry.add(
      plain("rare/account", "a check of a balance that two transfers change", true, account));
  registry.add(
      plain("rare/bluetooth", "a driver is stopped while a request begins", true, bluetooth));
  registry.add(plain("rare/lazy", "a check that expects not to come last", true, lazy));
  registry.add(plain("rare/token-ring", "a token that three tasks pass on", true, token_ring));
  registry.add(
      plain("rare/two-spinners", "two tasks yield until a third has stored", false, two_spinners));
  registry.add({"rare/safe-stack",
                "a lock-free stack in which two tasks can own one cell",
                true,
                {{"tasks", 3, 1, kMax, "tasks that each pop and push twice"}},
                [](const Arguments& arguments) {
                  return Program{{}, {}, [n = arguments.at("tasks")] { safe_stack(n); }};
                }});
}

}  // namespace sim
