#pragma once

#include <memory>
#include <utility>

#include <sim/sync/atomic.hpp>

namespace sim {

class stop_source;

/// std::stop_token under the control of the engine: to ask is to load.
class stop_token {
 public:
  stop_token() = default;
  [[nodiscard]] bool stop_requested() const { return state_ != nullptr && state_->load(); }
  [[nodiscard]] bool stop_possible() const { return state_ != nullptr; }

 private:
  friend stop_source;
  explicit stop_token(std::shared_ptr<atomic<bool>> state) : state_(std::move(state)) {}
  std::shared_ptr<atomic<bool>> state_;
};

/// std::stop_source under the control of the engine. There are no callbacks. One that was moved
/// from has nobody to ask.
class stop_source {
 public:
  explicit stop_source(Name name = "stop", Place where = Place::current())
      : state_(std::make_shared<atomic<bool>>(false, name, where)) {}

  [[nodiscard]] stop_token get_token() const { return stop_token{state_}; }
  [[nodiscard]] bool stop_requested() const { return state_ != nullptr && state_->load(); }
  [[nodiscard]] bool stop_possible() const { return state_ != nullptr; }
  /// Whether this was the first request. One step.
  bool request_stop() {  // NOLINT(readability-make-member-function-const): as std::stop_source.
    return state_ != nullptr && !state_->update("request_stop", [](bool) { return true; });
  }

 private:
  std::shared_ptr<atomic<bool>> state_;
};

}  // namespace sim
