#pragma once

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

namespace sim {

/// A queue between tasks that has room for so many values and no more, until it is closed. To send
/// and to receive is one step each, at the moment it succeeds; values come out in the order in
/// which they went in. What was done before a send is done before what comes behind the receive.
///
/// Made only inside an execution, else UsageError. Room for none is misuse.
template <class T>
class channel {
 public:
  explicit channel(std::size_t capacity, Name name = {},
                   SourceLocation where = SourceLocation::current())
      : capacity_(capacity), id_(Engine::current(where).add_object(ObjectKind::channel, name, where)) {
    if (capacity == 0) {
      Engine::current(where).fail_and_end_task(OutcomeKind::misuse,
                                               "a channel without room for anything", where);
    }
    update_gates(*Engine::current_or_null());
  }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;

  /// Waits until there is room. False where the channel is closed: the value is not sent.
  bool send(T value, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    auto item = std::make_unique<T>(std::move(value));
    engine.wait_point(OperationKind::send, id_, "send", room_);
    if (!is_sendable()) [[unlikely]]
      engine.stop_waiting();
    return put(engine, std::move(item));
  }
  /// Waits until there is something. Empty where the channel is closed and nothing is left.
  std::optional<T> receive(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.wait_point(OperationKind::receive, id_, "receive", something_);
    if (!is_receivable()) [[unlikely]]
      engine.stop_waiting();
    return take(engine);
  }
  /// Without waiting: false where there is no room, too.
  bool try_send(T value, SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    auto item = std::make_unique<T>(std::move(value));
    engine.point(OperationKind::read_modify_write, id_, "try_send");
    if (is_sendable()) return put(engine, std::move(item));
    finish(engine, state(), "no room");
    return false;
  }
  /// Without waiting: empty where there is nothing, too.
  std::optional<T> try_receive(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::read_modify_write, id_, "try_receive");
    return take(engine);
  }
  /// From now on nothing can be sent. What was, can be received. To close it again does nothing.
  void close(SourceLocation where = SourceLocation::current()) {
    Engine& engine = Engine::current(where);
    engine.point(OperationKind::read_modify_write, id_, "close");
    const std::uint64_t found = state();
    closed_ = true;
    update_gates(engine);
    finish(engine, found, "");
  }

  /// How many are in it, without an event: for invariants, and for checks after the last join.
  [[nodiscard]] std::size_t peek() const { return values_.size(); }
  [[nodiscard]] ObjectId id() const { return id_; }

 private:
  [[nodiscard]] bool is_sendable() const { return closed_ || values_.size() < capacity_; }
  [[nodiscard]] bool is_receivable() const { return closed_ || !values_.empty(); }
  [[nodiscard]] std::uint64_t state() const {
    return (is_sendable() ? kSendable : 0) | (is_receivable() ? kReceivable : 0);
  }
  void update_gates(Engine& engine) {
    is_sendable() ? engine.open(room_) : engine.close(room_);
    is_receivable() ? engine.open(something_) : engine.close(something_);
  }

  // A step runs nothing of the user's but what shows a value: what moves one may make steps itself.

  bool put(Engine& engine, std::unique_ptr<T> item) {
    const std::uint64_t found = state();
    if (closed_) {
      finish(engine, found, "closed");
      return false;
    }
    values_.push_back(std::move(item));
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
  /// What it is, or how many are in the channel now.
  std::string text_of(const T& value) const {
    if constexpr (fmt::is_formattable<T>::value || std::is_enum_v<T>) {
      return value_text(value);
    } else {
      return fmt::format("{} of {}", values_.size(), capacity_);
    }
  }

  std::size_t capacity_;
  ObjectId id_;
  std::deque<std::unique_ptr<T>> values_;
  bool closed_ = false;
  Gate room_;
  Gate something_;
};

}  // namespace sim
