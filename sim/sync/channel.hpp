#pragma once

// sim::channel is a bounded queue between tasks, which the standard does not have. A send and a
// receive are one step each, at the moment at which they succeed; a task that waits for room or for
// a value is not enabled. close() ends both sides.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/value.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/shared_object.hpp>

namespace sim {

/// A first-in, first-out queue with room for a limited number of values. Each step on the channel
/// synchronizes with all earlier ones, so a send happens before the receive of its value.
///
/// Must be made inside an execution (UsageError otherwise). A capacity of 0 is misuse, as is
/// destroying the channel while a task waits for it.
template <class T>
class channel {
 public:
  explicit channel(std::size_t capacity, const Name& name = {},
                   SourceLocation where = SourceLocation::current())
      : capacity_(capacity), object_(ObjectKind::channel, name, where) {
    if (capacity == 0) {
      Engine::current(where).fail_and_end_task(OutcomeKind::misuse, "a channel with capacity 0",
                                               where);
    }
    update_gates(Engine::current(where));
  }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  ~channel() {
    object_.end([this] { return SharedObject::Last{state()}; });
  }

  /// Waits until there is room or the channel is closed, and sends the value. Returns false,
  /// without sending, if the channel is closed.
  bool send(T value, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    auto item = std::make_unique<T>(std::move(value));
    engine.wait_point(OperationKind::send, use(engine), "send", room_);
    if (!is_sendable()) [[unlikely]]
      engine.stop_waiting();
    return put(engine, std::move(item));
  }
  /// Waits until there is a value or the channel is closed. Returns the value; empty if the channel
  /// is closed and no value is left.
  std::optional<T> receive(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::receive, use(engine), "receive", something_);
    if (!is_receivable()) [[unlikely]]
      engine.stop_waiting();
    return take(engine);
  }
  /// Sends without waiting. Returns false if the channel is closed or has no room.
  bool try_send(T value, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    auto item = std::make_unique<T>(std::move(value));
    engine.point(OperationKind::read_modify_write, use(engine), "try_send");
    if (is_sendable()) return put(engine, std::move(item));
    finish(engine, state(), "no room");
    return false;
  }
  /// Receives without waiting. Returns the value; empty if there is no value.
  std::optional<T> try_receive(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::read_modify_write, use(engine), "try_receive");
    return take(engine);
  }
  /// Closes the channel: sends fail from now on, and values that were sent before can still be
  /// received. Closing a closed channel has no effect, but is a step.
  void close(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::read_modify_write, use(engine), "close");
    const std::uint64_t found = state();
    closed_ = true;
    update_gates(engine);
    finish(engine, found, "");
  }

  /// The number of values in the channel, without a step: for invariants, and for checks after the
  /// last join.
  [[nodiscard]] std::size_t peek() const { return values_.size(); }
  [[nodiscard]] ObjectId id() const { return object_.id(); }

 private:
  ObjectId use(Engine& engine) const {
    return object_.use(engine, [] {});
  }
  [[nodiscard]] bool is_sendable() const { return closed_ || values_.size() < capacity_; }
  [[nodiscard]] bool is_receivable() const { return closed_ || !values_.empty(); }
  [[nodiscard]] std::uint64_t state() const {
    return (is_sendable() ? kSendable : 0) | (is_receivable() ? kReceivable : 0);
  }
  void update_gates(Engine& engine) {
    is_sendable() ? engine.open(room_) : engine.close(room_);
    is_receivable() ? engine.open(something_) : engine.close(something_);
  }

  // A step must not run user code that may make steps itself, as a move constructor may. Values are
  // therefore moved before or after the steps. Only the text of a value is made within a step.

  bool put(Engine& engine, std::unique_ptr<T> item) {
    const std::uint64_t found = state();
    if (closed_) {
      finish(engine, found, "closed");
      return false;
    }
    values_.push_back(std::move(item));
    engine.note_change();
    update_gates(engine);
    finish_with(engine, found, *values_.back());
    return true;
  }
  std::optional<T> take(Engine& engine) {
    const std::uint64_t found = state();
    if (values_.empty()) {
      finish(engine, found, closed_ ? "closed" : "nothing");
      return std::nullopt;
    }
    const std::unique_ptr<T> item = std::move(values_.front());
    values_.pop_front();
    engine.note_change();
    update_gates(engine);
    finish_with(engine, found, *item);
    return std::move(*item);
  }

  static void finish(Engine& engine, std::uint64_t found, const char* text) {
    engine.finish(found, false, [text] { return std::string{text}; });
  }
  void finish_with(Engine& engine, std::uint64_t found, const T& value) const {
    engine.finish(found, false, [&] { return text_of(value); });
  }
  /// The text of `value` or, if T cannot be formatted, the number of values in the channel.
  std::string text_of(const T& value) const {
    if constexpr (fmt::is_formattable<T>::value || std::is_enum_v<T>) {
      return value_text(value);
    } else {
      return fmt::format("{} of {}", values_.size(), capacity_);
    }
  }

  std::size_t capacity_;
  std::deque<std::unique_ptr<T>> values_;
  bool closed_ = false;
  Gate room_;
  Gate something_;
  SharedObject object_;
};

}  // namespace sim
