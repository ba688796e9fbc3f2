#pragma once

// A history: the calls that clients made on a concurrent object, with their results and the order
// of invocations and responses. A HistoryRecorder records one, in a simulated execution or among
// real threads; sim/history/linearizability.hpp checks it. See docs/history.md.

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

/// The result of a call and the time of its response.
template <class Result>
struct Response {
  std::uint64_t at;  ///< logical time
  Result result;
};

/// A call on a shared object as its caller saw it. Times are logical: only their order matters.
template <class Op, class Result>
struct Call {
  std::uint32_t client;
  Op op;
  std::uint64_t invoked;  ///< a time before the object was called
  /// Its time is after the object had answered. A call without a response may have taken effect at
  /// any time after its invocation, or not at all.
  std::optional<Response<Result>> response{};
};

/// The calls that clients have made to one object. A call precedes another one if its response came
/// before the other's invocation. Calls with equal times overlap.
template <class Op, class Result>
struct History {
  std::vector<Call<Op, Result>> calls;  ///< in any order
  /// The shared object of the recorder, if the history was recorded in a simulated execution. Each
  /// time of the history is a step on it.
  std::optional<ObjectId> object{};
};

/// The index of a call in the history of its recorder.
enum class CallId : std::size_t {};

/// Records the calls of concurrent clients. Call invoke() before the object is called and respond()
/// when it has answered, or call() for both. Thread-safe.
///
/// For a simulated execution, make the recorder in the test body. It then has a shared object of
/// its own: an invocation is a step that reads it, and a response is a step that writes it. A
/// search by traces needs these steps. It runs only one of the interleavings that differ in the
/// order of independent steps, and without the steps of the recorder two such interleavings could
/// differ in which call precedes which, and so in their verdicts. As a response conflicts with an
/// invocation, all interleavings of one trace have one verdict. Invocations do not conflict with
/// each other. Responses do, although their order does not matter: one object for each client would
/// avoid that, but would cost a step for each client at each invocation. The steps are relaxed, so
/// recording hides no data race.
template <class Op, class Result>
class HistoryRecorder {
 public:
  /// `name` is the name of the recorder's shared object.
  explicit HistoryRecorder(const Name& name = "history") {
    if (Engine::current_or_null() == nullptr) return;
    responses_.emplace(0U, name);
    history_.object = responses_->id();
    responses_->be_part_of_primitive();
  }
  HistoryRecorder(const HistoryRecorder&) = delete;
  HistoryRecorder& operator=(const HistoryRecorder&) = delete;

  /// Records that `client` is about to call the object.
  CallId invoke(std::uint32_t client, Op op) {
    if (responses_) responses_->load_as("invoke", std::memory_order_relaxed);
    const std::lock_guard lock{mutex_};
    history_.calls.push_back({client, std::move(op), now_++});
    return CallId{history_.calls.size() - 1};
  }

  /// Records that the object has answered. Throws UsageError if the call already has a response.
  void respond(CallId call, Result result) {
    if (responses_) count_response();
    const std::lock_guard lock{mutex_};
    auto& response = history_.calls.at(static_cast<std::size_t>(call)).response;
    if (response) throw UsageError("HistoryRecorder: a call has two responses");
    response.emplace(Response<Result>{now_++, std::move(result)});
  }

  /// Calls `object()`, which calls the object, and records the call. If it throws, the call has no
  /// response.
  template <std::invocable Object>
  Result call(std::uint32_t client, Op op, Object&& object) {
    const CallId id = invoke(client, std::move(op));
    Result result = std::forward<Object>(object)();
    respond(id, result);
    return result;
  }

  /// A copy of the calls that were recorded so far.
  [[nodiscard]] History<Op, Result> history() const {
    const std::lock_guard lock{mutex_};
    return history_;
  }

 private:
  void count_response() {
    responses_->update(
        "respond", [](std::uint32_t count) { return count + 1; }, std::memory_order_relaxed);
  }

  /// The recorder's shared object, which counts the responses; empty outside an execution.
  std::optional<atomic<std::uint32_t>> responses_;
  mutable std::mutex mutex_;
  std::uint64_t now_ = 0;
  History<Op, Result> history_;
};

}  // namespace sim
