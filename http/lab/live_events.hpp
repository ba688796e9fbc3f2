#pragma once
// What happens in the lab, published as values to listeners. The page and GET /events listen;
// api/event_stream.hpp encodes the values as server-sent events. Publishing costs next to nothing
// while nobody listens, and a slow listener loses the oldest events instead of delaying transfers.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <bank/algorithm.hpp>
#include <bank/ledger.hpp>
#include <http/lab/drive_report.hpp>
#include <http/lab/record.hpp>
#include <http/lab/settings.hpp>

namespace http {

struct SettingsChanged {
  Settings settings;
};

struct AccountsReset {};

struct BalancesChanged {
  std::vector<bank::AccountStart> accounts;
};

struct ScheduleChanged {
  DriveState state;
};

struct TransferBegan {
  std::string transfer;
  std::string thread_id;
  std::optional<std::size_t> task;  ///< its number in the driven schedule, from 1; empty if none
  TransferOrder order;
  bank::Algorithm algorithm;
};

/// A transfer waits from now on, until its next step.
struct TransferWaits {
  std::string transfer;
  std::string operation;  ///< "lock", "barrier", "delay" or "gate"
  std::string object;
  std::string text;
};

struct StepDone {
  std::string transfer;
  std::string operation;
  std::string object;
  std::string text;
};

struct TransferEnded {
  TransferRecord record;
  bool aborted = false;
  std::string detail{};  ///< why the record is not in the transaction log; empty if it is
};

/// A transfer's own deduction left its source negative.
struct RaceHit {
  TransferRecord record;
};

using LiveEvent = std::variant<SettingsChanged, AccountsReset, BalancesChanged, ScheduleChanged,
                               TransferBegan, TransferWaits, StepDone, TransferEnded, RaceHit>;

/// Keeps the newest events for listeners. Thread-safe.
class LiveEvents {
 public:
  /// The most listeners at once. Each holds a connection open.
  static constexpr std::size_t kListenersMax = 64;

  class Listener;

  /// `events_max` is how many events are kept for slow listeners.
  explicit LiveEvents(std::size_t events_max = 4096) : events_max_(events_max) {}
  LiveEvents(const LiveEvents&) = delete;
  LiveEvents& operator=(const LiveEvents&) = delete;

  /// Publishes make_event() if somebody listens; otherwise make_event is not called.
  template <class MakeEvent>
  void publish(const MakeEvent& make_event) {
    if (has_listeners()) add(make_event());
  }

  /// Returns a listener to all events from now on, or null if there are kListenersMax already. The
  /// listener must be destroyed before this object.
  [[nodiscard]] std::unique_ptr<Listener> listen();
  /// Ends the events: listeners receive those that were published before, and then the end.
  void stop();

 private:
  using Event = std::shared_ptr<const LiveEvent>;

  [[nodiscard]] bool has_listeners() const {
    return listeners_.load(std::memory_order_relaxed) != 0;
  }
  void add(LiveEvent event);
  /// Number of the next event. The caller must hold mutex_.
  [[nodiscard]] std::uint64_t end() const { return first_ + events_.size(); }

  const std::size_t events_max_;
  std::atomic<std::size_t> listeners_{0};
  std::mutex mutex_;  ///< guards the members below
  std::condition_variable changed_;
  std::uint64_t first_ = 0;  ///< number of the oldest event that is kept
  std::deque<Event> events_;
  bool stopped_ = false;
};

/// Receives events. Belongs to one thread.
class LiveEvents::Listener {
 public:
  /// The caller must hold the mutex of the events; use LiveEvents::listen().
  explicit Listener(LiveEvents& events);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  struct Received {
    std::vector<std::shared_ptr<const LiveEvent>> events;
    std::uint64_t skipped = 0;  ///< older events that this listener was too slow to receive
    bool ended = false;         ///< no event will follow
  };
  /// Returns the next events, at most `events_max` of them. Waits up to `time` for the first.
  Received receive(std::chrono::milliseconds time, std::size_t events_max = 256);

 private:
  LiveEvents& events_;
  std::uint64_t next_ = 0;
};

}  // namespace http
