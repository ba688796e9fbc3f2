#include <sim/examples/lifetimes.hpp>

#include <mutex>
#include <utility>

#include <sim/engine/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/condition_variable.hpp>
#include <sim/sync/mutex.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// An operation that waits in the intrusive queue of a run loop. It belongs to whoever started it.
struct QueuedOperation {
  void (*execute)(QueuedOperation& self) = nullptr;
  QueuedOperation* next = nullptr;
};

/// Executes the operations that other tasks push, until it is finished: the scheduler of
/// sync_wait() in libraries of senders and receivers.
class RunLoop {
 public:
  void push(QueuedOperation& operation) {
    QueuedOperation* head = head_.load();
    do {
      operation.next = head;
    } while (!head_.compare_exchange_weak(head, &operation));
    head_.notify_one();
  }
  /// The bug: run() may see the flag and return, and the loop may end, before the queue is
  /// notified.
  void finish() {
    finishing_.store(true);
    push(wake_);
  }
  void run() {
    for (;;) {
      QueuedOperation* operation = head_.exchange(nullptr);
      while (operation != nullptr) {
        QueuedOperation* const next = operation->next;
        if (operation->execute != nullptr) operation->execute(*operation);
        operation = next;
      }
      if (finishing_.load()) return;
      head_.wait(nullptr);
    }
  }

 private:
  atomic<bool> finishing_{false, "finishing"};
  atomic<QueuedOperation*> head_{nullptr, "head"};
  QueuedOperation wake_;
};

/// Waits on a run loop for a result that a worker computes. The fix: the worker says that it has
/// left the loop, and the caller does not return before.
void sync_wait(bool fixed) {
  int result = 0;
  thread worker;
  {
    atomic<bool> left{false, "left"};
    RunLoop loop;
    worker = thread{[&result, &left, &loop, fixed] {
      result = 42;
      loop.finish();
      if (fixed) left.store(true);
    }};
    loop.run();
    while (fixed && !left.load()) yield();
  }
  SIM_EXPECT(result == 42);
  worker.join();
}

/// A promise on the frame of the task that waits for it. The bug: the flag is set under the mutex,
/// but the notification comes after the unlock, when the waiting task may have returned. The fix:
/// notify under the mutex.
void notify_after_unlock(bool fixed) {
  struct Shared {
    mutex m{"m"};
    condition_variable changed{"changed"};
    bool done = false;
  };
  thread worker;
  {
    Shared shared;
    worker = thread{[&shared, fixed] {
      std::unique_lock lock{shared.m};
      shared.done = true;
      if (!fixed) lock.unlock();
      shared.changed.notify_all();
    }};
    std::unique_lock lock{shared.m};
    shared.changed.wait(lock, [&] { return shared.done; });
  }
  worker.join();
}

void two_spinners() {
  atomic<bool> ready{false, "ready"};
  const auto spin = [&] {
    while (!ready.load()) yield();
  };
  thread a{spin};
  thread b{spin};
  thread c{[&] { ready.store(true); }};
  a.join();
  b.join();
  c.join();
}

}  // namespace

void add_lifetimes(Registry& registry) {
  add_with_fix(registry, "example/sync-wait",
               "a run loop on its caller's frame is woken after the caller has returned",
               "a run loop on its caller's frame, which the worker has left before it ends",
               sync_wait);
  add_with_fix(registry, "example/notify-after-unlock",
               "a condition variable on a frame is notified after the frame has ended",
               "a condition variable on a frame is notified under the mutex", notify_after_unlock);
  registry.add({"example/two-spinners",
                "two tasks spin and yield until a third has stored",
                false,
                {},
                [](const Arguments&) {
                  return Program{{}, {}, [] { two_spinners(); }};
                }});
}

}  // namespace sim
