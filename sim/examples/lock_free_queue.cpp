#include <sim/examples/lock_free_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <sim/engine/check.hpp>
#include <sim/engine/invariant.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

using Node = std::uint32_t;
constexpr Node kNone = UINT32_MAX;

/// A link of the queue: the node that it leads to, and a version that counts its changes.
struct Link {
  Node node;
  std::uint32_t version;
  friend bool operator==(const Link&, const Link&) = default;
};

}  // namespace
}  // namespace sim

template <>
struct fmt::formatter<sim::Link> : fmt::formatter<fmt::string_view> {
  auto format(const sim::Link& link, fmt::format_context& context) const {
    const std::string node = link.node == sim::kNone ? "none" : fmt::format("node {}", link.node);
    const std::string version = link.version == 0 ? "" : fmt::format(" v{}", link.version);
    return fmt::format_to(context.out(), "{}{}", node, version);
  }
};

namespace sim {
namespace {

/// The queue of Michael and Scott, "Simple, fast, and practical non-blocking and blocking
/// concurrent queue algorithms" (PODC 1996). A node that leaves the queue belongs to the task that
/// took it out, which may reuse it at once, as with an allocator that caches memory by thread.
///
/// The bug: a task reads that the head is node 0 and that node 1 comes next, and is preempted.
/// Another task takes node 0 out, reuses it for a push, and pops until node 0 is the head again.
/// The compare_exchange of the first task finds node 0 as expected and makes node 1 the head. But
/// node 1 has left the queue, so its part is taken a second time.
///
/// The fix, as in the paper: each link has a version, which every change increments.
class Queue {
 public:
  Queue(int first, bool versioned)
      : versioned_(versioned),
        next_{{{Link{1, 0}, {"next", 0}}, {Link{kNone, 0}, {"next", 1}}}},
        part_{{{0, {"part", 0}}, {first, {"part", 1}}}} {}

  /// Appends `part` in `node`, which belongs to the calling task and then to the queue.
  void push(Node node, int part) {
    part_[node].store(part);
    next_[node].store(changed(next_[node].load(), kNone));
    for (;;) {
      Link tail = tail_.load();
      Link next = next_[tail.node].load();
      if (tail != tail_.load()) continue;
      if (next.node != kNone) {
        tail_.compare_exchange_strong(tail, changed(tail, next.node));
      } else if (next_[tail.node].compare_exchange_strong(next, changed(next, node))) {
        tail_.compare_exchange_strong(tail, changed(tail, node));
        return;
      }
    }
  }

  struct Popped {
    int part;
    Node node;  ///< belongs to the calling task from now on
  };
  std::optional<Popped> pop() {
    for (;;) {
      Link head = head_.load();
      Link tail = tail_.load();
      const Link next = next_[head.node].load();
      if (head != head_.load()) continue;
      if (next.node == kNone) return std::nullopt;
      if (head.node == tail.node) {
        tail_.compare_exchange_strong(tail, changed(tail, next.node));
        continue;
      }
      const int part = part_[next.node].load();
      if (head_.compare_exchange_strong(head, changed(head, next.node))) {
        return Popped{part, head.node};
      }
    }
  }

  [[nodiscard]] ObjectId head() const { return head_.id(); }

 private:
  [[nodiscard]] Link changed(Link from, Node to) const {
    return {to, versioned_ ? from.version + 1 : 0};
  }

  bool versioned_;
  atomic<Link> head_{Link{0, 0}, "head"};  ///< leads to the node before the first part
  atomic<Link> tail_{Link{1, 0}, "tail"};
  std::array<atomic<Link>, 2> next_;
  std::array<atomic<int>, 2> part_;
};

/// A job is done in parts. A worker that has done one part pushes the next and pops another.
void work_in_parts(int parts, std::size_t workers, bool versioned) {
  Queue queue{1, versioned};
  std::vector<int> done(static_cast<std::size_t>(parts) + 1);
  const Invariant invariant{
      "no part is done twice",
      {queue.head()},
      [&] { return std::all_of(done.begin(), done.end(), [](int times) { return times <= 1; }); },
      [&] {
        const auto twice =
            std::find_if(done.begin(), done.end(), [](int times) { return times > 1; });
        return fmt::format("part {} was popped again", twice - done.begin());
      }};

  std::vector<thread> threads;
  for (std::size_t i = 0; i < workers; ++i) {
    threads.emplace_back([&] {
      describe_task([] { return std::string{"pops a part, pushes the next"}; });
      while (const auto popped = queue.pop()) {
        mark("does", [&] { return fmt::format("part {}", popped->part); });
        // Ends the loop, because a broken queue may never become empty.
        if (++done[static_cast<std::size_t>(popped->part)] > 1) return;
        if (popped->part < parts) queue.push(popped->node, popped->part + 1);
      }
    });
  }
  for (thread& worker : threads) worker.join();
  for (int part = 1; part <= parts; ++part) SIM_EXPECT(done[static_cast<std::size_t>(part)] == 1);
}

Scenario scenario(const char* name, const char* summary, bool versioned) {
  return {name,
          summary,
          !versioned,
          {{"parts", 2, 1, 100, "parts of the job"}, {"workers", 2, 1, 8, "tasks that do them"}},
          [versioned](const Arguments& arguments) {
            const auto parts = static_cast<int>(arguments.at("parts"));
            const auto workers = static_cast<std::size_t>(arguments.at("workers"));
            return Program{{}, {}, [=] { work_in_parts(parts, workers, versioned); }};
          }};
}

}  // namespace

void add_lock_free_queue(Registry& registry) {
  registry.add(scenario("example/lock-free-queue",
                        "a lock-free queue that reuses its nodes: the ABA problem", false));
  registry.add(scenario("example/lock-free-queue-fixed",
                        "a lock-free queue with a version beside each link", true));
}

}  // namespace sim
