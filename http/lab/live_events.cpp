#include <http/lab/live_events.hpp>

#include <utility>

namespace http {

void LiveEvents::add(LiveEvent event) {
  Event shared = std::make_shared<const LiveEvent>(std::move(event));
  const std::lock_guard lock{mutex_};
  if (stopped_) return;
  events_.push_back(std::move(shared));
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

LiveEvents::Listener::Listener(LiveEvents& events) : events_(events), next_(events.end()) {
  ++events_.listeners_;
}

LiveEvents::Listener::~Listener() {
  const std::lock_guard lock{events_.mutex_};
  if (--events_.listeners_ > 0) return;
  events_.first_ = events_.end();
  events_.events_.clear();
}

LiveEvents::Listener::Received LiveEvents::Listener::receive(std::chrono::milliseconds time,
                                                             std::size_t events_max) {
  std::unique_lock lock{events_.mutex_};
  events_.changed_.wait_for(lock, time,
                            [this] { return next_ < events_.end() || events_.stopped_; });
  Received received;
  if (next_ < events_.first_) {
    received.skipped = events_.first_ - next_;
    next_ = events_.first_;
  }
  while (next_ < events_.end() && received.events.size() < events_max) {
    received.events.push_back(events_.events_[next_++ - events_.first_]);
  }
  received.ended = events_.stopped_ && next_ == events_.end();
  return received;
}

}  // namespace http
