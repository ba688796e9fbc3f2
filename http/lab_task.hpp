#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/ledger.hpp>
#include <http/account_mutex.hpp>
#include <http/barrier.hpp>
#include <http/live_events.hpp>
#include <http/log.hpp>
#include <http/metrics.hpp>
#include <http/pause.hpp>
#include <http/record.hpp>
#include <http/recorder.hpp>
#include <http/schedule_gate.hpp>
#include <http/settings.hpp>
#include <sim/runtime/thread_runtime.hpp>

namespace http {

/// What all tasks of a lab share.
struct Surroundings {
  Metrics& metrics;
  Log& log;
  LiveEvents events;
  Pause pause{};
};

/// The lab's side of one transfer: the runtime tells it of each step. It delays around the check,
/// waits at the barrier (behind the check, or before the first lock; once), is led by a gate where
/// it is driven, and writes down what happened. Belongs to one thread.
class LabTask : public LockOwner {
 public:
  /// `barrier` may be null. `id` and `thread_id` name the transfer in log lines.
  LabTask(std::string id, std::string thread_id, TransferOrder order, const Settings& settings,
          std::shared_ptr<Barrier> barrier, Surroundings& around);

  /// From now on it is led through a schedule, as this task of it, from 0.
  void drive(std::shared_ptr<ScheduleGate> gate, std::size_t task);
  /// From now on each step is written down there.
  void record(Recorder::Transfer recorded, const bank::Transfer& transfer) {
    recorded_ = std::move(recorded);
    transfer_ = transfer;
  }

  void before_step(const char* word, std::string_view object);
  void after_step(const char* word, std::string_view object, const bank::Balance& value,
                  const sim::StepPlace& place);
  void after_step(const char* word, std::string_view object, bool held,
                  const sim::StepPlace& place);
  template <class Text>
  void check(bool passed, const Text& text) {
    checked(passed, text());
  }
  template <class Text>
  void describe(const Text& /*text*/) {}

  /// A log line about this transfer.
  void say(std::string_view text) const;
  /// Tells who listens that it waits from now on, up to the step that ends the waiting.
  void waits(std::string_view operation, std::string_view object, std::string_view text) const;
  /// What happened, in order.
  [[nodiscard]] const std::vector<StepRecord>& steps() const { return steps_; }
  [[nodiscard]] const std::string& thread_id() const { return thread_id_; }
  [[nodiscard]] std::chrono::system_clock::time_point begin() const { return begin_; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const;

 private:
  using Time = std::chrono::system_clock::time_point;

  /// The wall clock of the begin plus steady time since, so that no step ends before it began.
  [[nodiscard]] Time now() const;
  void ended(std::string name, Time begin, std::string_view object, std::string text);
  void checked(bool passed, const std::string& text);
  void delay();
  void meet_barrier();
  void made(bool failed, std::optional<std::string> value);
  void record_step(const char* word, std::string_view object, const sim::StepPlace& place,
                   std::optional<bank::Money> balance);

  std::string thread_id_;
  Settings settings_;
  std::shared_ptr<Barrier> barrier_;    ///< null once it has been met
  std::shared_ptr<ScheduleGate> gate_;  ///< null where it is not driven
  std::size_t task_ = 0;                ///< of the gate's schedule
  Surroundings& around_;
  Time begin_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
  Time step_begin_ = begin_;
  std::vector<StepRecord> steps_;
  Recorder::Transfer recorded_;  ///< null where nothing is recorded
  bank::Transfer transfer_;      ///< where it is
};

/// The bank's code on the lab's threads.
using LabRuntime = sim::ThreadRuntime<LabTask, AccountMutex>;
static_assert(sim::Runtime<LabRuntime>);

}  // namespace http
