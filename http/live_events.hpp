#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <http/message.hpp>

namespace http {

/// What happens, told to whoever listens: server-sent events. The newest are kept, so that no
/// listener waits for another one and none fills the memory: who is too slow misses the oldest.
/// Thread-safe.
class LiveEvents {
 public:
  /// Listeners at once; each is a connection that stays.
  static constexpr std::size_t kListenersMax = 64;

  class Listener;

  explicit LiveEvents(std::size_t events_max = 4096) : events_max_(events_max) {}
  LiveEvents(const LiveEvents&) = delete;
  LiveEvents& operator=(const LiveEvents&) = delete;

  /// Tells it where somebody listens. `make_data` makes JSON on one line; it is not called else.
  template <class MakeData>
  void tell(std::string_view type, const MakeData& make_data) {
    if (is_heard()) publish(type, make_data());
  }

  /// Hears all that is published from now on. Null where as many listen as can. The listener does
  /// not outlive this.
  [[nodiscard]] std::unique_ptr<Listener> listen();
  /// Listeners hear what there is, and then the end; there is nothing more to be heard.
  void stop();

 private:
  [[nodiscard]] bool is_heard() const { return listeners_.load(std::memory_order_relaxed) != 0; }
  void publish(std::string_view type, std::string_view data);
  /// With mutex_: the number that the next event will have.
  [[nodiscard]] std::uint64_t end() const { return first_ + events_.size(); }

  const std::size_t events_max_;
  std::atomic<std::size_t> listeners_{0};
  std::mutex mutex_;  ///< of all below
  std::condition_variable changed_;
  std::uint64_t first_ = 0;         ///< the number of the oldest that is kept
  std::deque<std::string> events_;  ///< as they are sent
  bool stopped_ = false;
};

/// Belongs to one thread.
class LiveEvents::Listener {
 public:
  explicit Listener(LiveEvents& events);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  struct Heard {
    std::string text;           ///< events as they are sent; may be none
    std::uint64_t skipped = 0;  ///< that came before them, and were forgotten meanwhile
    bool ended = false;         ///< nothing will follow
  };
  /// What has come since the last call, or at least a part of it. Waits for something for a time.
  Heard hear(std::chrono::milliseconds time);

 private:
  LiveEvents& events_;
  std::uint64_t next_ = 0;
};

/// One event as it is sent.
std::string event_text(std::string_view type, std::string_view data);

/// An answer that is `first` and then events, until its client has gone or they have ended.
/// `first` is made when it is sent, behind the begin of listening: nothing lies between the two.
Response event_stream(std::unique_ptr<LiveEvents::Listener> listener,
                      std::function<std::string()> first);

}  // namespace http
