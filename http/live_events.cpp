#include <http/live_events.hpp>

#include <utility>

#include <fmt/format.h>

namespace http {
namespace {

using Clock = std::chrono::steady_clock;

/// Of what is sent at once.
constexpr std::size_t kBytesMax = 64U << 10U;
/// How often it is looked whether the client has gone.
constexpr std::chrono::milliseconds kLook{200};
/// Proxies and clients give up connections on which nothing comes.
constexpr std::chrono::seconds kSilenceMax{10};
constexpr std::string_view kStillHere = ": still here\n\n";

void send_events(LiveEvents::Listener& listener, ResponseWriter& writer) {
  Clock::time_point spoken = Clock::now();
  for (bool ended = false; !ended && writer.is_open();) {
    LiveEvents::Listener::Heard heard = listener.hear(kLook);
    std::string text;
    if (heard.skipped > 0) {
      text = event_text("skipped", fmt::format(R"({{"count":{}}})", heard.skipped));
    }
    text += heard.text;
    if (text.empty() && Clock::now() - spoken >= kSilenceMax) text = kStillHere;
    if (!text.empty()) {
      if (!writer.write(text)) return;
      spoken = Clock::now();
    }
    ended = heard.ended;
  }
}

}  // namespace

void LiveEvents::publish(std::string_view type, std::string_view data) {
  std::string text = event_text(type, data);
  const std::lock_guard lock{mutex_};
  if (stopped_) return;
  events_.push_back(std::move(text));
  if (events_.size() > events_max_) {
    events_.pop_front();
    ++first_;
  }
  changed_.notify_all();
}

std::unique_ptr<LiveEvents::Listener> LiveEvents::listen() {
  const std::lock_guard lock{mutex_};
  if (listeners_ == kListenersMax) return nullptr;
  return std::make_unique<Listener>(*this);
}

void LiveEvents::stop() {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  changed_.notify_all();
}

/// With the mutex of the events.
LiveEvents::Listener::Listener(LiveEvents& events) : events_(events), next_(events.end()) {
  ++events_.listeners_;
}

LiveEvents::Listener::~Listener() {
  const std::lock_guard lock{events_.mutex_};
  if (--events_.listeners_ > 0) return;
  events_.first_ = events_.end();
  events_.events_.clear();
}

LiveEvents::Listener::Heard LiveEvents::Listener::hear(std::chrono::milliseconds time) {
  std::unique_lock lock{events_.mutex_};
  events_.changed_.wait_for(lock, time,
                            [this] { return next_ < events_.end() || events_.stopped_; });
  Heard heard;
  if (next_ < events_.first_) {
    heard.skipped = events_.first_ - next_;
    next_ = events_.first_;
  }
  while (next_ < events_.end() && heard.text.size() < kBytesMax) {
    heard.text += events_.events_[next_++ - events_.first_];
  }
  heard.ended = events_.stopped_ && next_ == events_.end();
  return heard;
}

std::string event_text(std::string_view type, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", type, data);
}

Response event_stream(std::unique_ptr<LiveEvents::Listener> listener,
                      std::function<std::string()> first) {
  // A proxy that collects an answer before it passes it on would hold up all events.
  Response response{200, "", "text/event-stream", {{"X-Accel-Buffering", "no"}}};
  response.stream = [shared = std::shared_ptr<LiveEvents::Listener>{std::move(listener)},
                     make_first = std::move(first)](ResponseWriter& writer) {
    if (writer.write(make_first())) send_events(*shared, writer);
  };
  return response;
}

}  // namespace http
