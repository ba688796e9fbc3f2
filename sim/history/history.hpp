#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <sim/base/name.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/atomic.hpp>

namespace sim {

/// What a call came back with, and when.
template <class Result>
struct Response {
  std::uint64_t at;  ///< logical time
  Result result;
};

/// A call on a shared object as its caller saw it. Times are logical: only their order counts.
template <class Op, class Result>
struct Call {
  std::uint32_t client;
  Op op;
  std::uint64_t invoked;  ///< before the object was called
  /// Taken after the object answered. A call that has none may have taken effect at any time after
  /// its invocation, or not at all.
  std::optional<Response<Result>> response{};
};

/// What the clients of one object have seen of it. A call precedes another where its response came
/// before the other's invocation; calls at equal times overlap.
template <class Op, class Result>
struct History {
  std::vector<Call<Op, Result>> calls;  ///< in any order
};

/// The place of a call in the history of its recorder.
enum class CallId : std::size_t {};

/// Writes down the calls of concurrent clients: invoke() before the object is called, respond()
/// when it has answered; or both with call(). Thread-safe.
///
/// Inside a simulated execution, make it there, in the test body. It then takes part in the
/// execution: an invocation is a step that reads an object of the recorder's, a response one that
/// writes it. For a search by traces runs only one of the interleavings that differ in the order of
/// independent steps, and whether one call precedes another, all that a history says of time, may
/// differ between these, even where the calls touch nothing in common. A response and an
/// invocation are dependent so, hence all interleavings of a trace have one verdict, and each
/// verdict has its trace. Two invocations need no order, and reads have none. Two responses need
/// none either, but get one: an object for each client would spare it, and cost a step for each
/// client at each invocation. The steps are relaxed: recording hides no data race.
template <class Op, class Result>
class HistoryRecorder {
 public:
  /// The name is that of the object that the steps are on.
  explicit HistoryRecorder(Name name = "history") {
    if (Engine::current_or_null() != nullptr) responses_.emplace(0U, name);
  }
  HistoryRecorder(const HistoryRecorder&) = delete;
  HistoryRecorder& operator=(const HistoryRecorder&) = delete;

  CallId invoke(std::uint32_t client, Op op) {
    if (responses_) responses_->load_as("invoke", std::memory_order_relaxed);
    const std::lock_guard lock{mutex_};
    history_.calls.push_back({client, std::move(op), now_++});
    return CallId{history_.calls.size() - 1};
  }

  /// Throws UsageError where the call has a response already.
  void respond(CallId call, Result result) {
    if (responses_) count_response();
    const std::lock_guard lock{mutex_};
    auto& response = history_.calls.at(static_cast<std::size_t>(call)).response;
    if (response) throw UsageError("HistoryRecorder: a call has two responses");
    response.emplace(Response<Result>{now_++, std::move(result)});
  }

  /// Calls the object and records it. Where that throws, the call has no response.
  template <std::invocable Object>
  Result call(std::uint32_t client, Op op, Object&& object) {
    const CallId id = invoke(client, std::move(op));
    Result result = std::forward<Object>(object)();
    respond(id, result);
    return result;
  }

  /// What has been recorded up to now.
  [[nodiscard]] History<Op, Result> history() const {
    const std::lock_guard lock{mutex_};
    return history_;
  }

 private:
  void count_response() {
    responses_->update(
        "respond", [](std::uint32_t count) { return count + 1; }, std::memory_order_relaxed);
  }

  std::optional<atomic<std::uint32_t>> responses_;  ///< how many; only inside an execution
  mutable std::mutex mutex_;
  std::uint64_t now_ = 0;
  History<Op, Result> history_;
};

}  // namespace sim
