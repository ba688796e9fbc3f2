#pragma once
// The lab's side of one transfer. bank's algorithms run on sim::ThreadRuntime, which tells a
// LabTask of each step before and after it. The LabTask delays, waits at the barrier, asks the
// schedule gate, records, logs, and publishes.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bank/ledger.hpp>
#include <http/lab/account_mutex.hpp>
#include <http/lab/barrier.hpp>
#include <http/lab/live_events.hpp>
#include <http/lab/pause.hpp>
#include <http/lab/record.hpp>
#include <http/lab/recorder.hpp>
#include <http/lab/schedule_gate.hpp>
#include <http/lab/settings.hpp>
#include <http/telemetry/log.hpp>
#include <http/telemetry/metrics.hpp>
#include <sim/runtime/thread_runtime.hpp>

namespace http {

/// What all transfers of a lab share.
struct Surroundings {
  Metrics& metrics;
  Log& log;
  LiveEvents events;
  Pause pause{};
};

/// A transfer on its thread. It delays before and after the check, and waits at the barrier once:
/// after a check that passed or before the first lock. Belongs to one thread.
class LabTask : public LockOwner {
 public:
  /// `barrier` may be null. `id` and `thread_id` name the transfer in log lines.
  LabTask(std::string id, std::string thread_id, TransferOrder order, const Settings& settings,
          std::shared_ptr<Barrier> barrier, Surroundings& around);

  /// Makes the gate decide when each step may happen. `task` is a task of the gate, from 0.
  void drive(std::shared_ptr<ScheduleGate> gate, std::size_t task);
  /// Records each step from now on. `recorded` may be null, which records nothing.
  void record(Recorder::Transfer recorded, const bank::Transfer& transfer) {
    recorded_ = std::move(recorded);
    transfer_ = transfer;
  }

  // What sim::ThreadRuntime calls.
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

  /// Writes a log line about this transfer.
  void say(std::string_view text) const;
  /// Returns what happened so far, in order.
  [[nodiscard]] const std::vector<StepRecord>& steps() const { return steps_; }
  [[nodiscard]] const std::string& thread_id() const { return thread_id_; }
  [[nodiscard]] std::chrono::system_clock::time_point begin() const { return begin_; }
  [[nodiscard]] std::chrono::nanoseconds elapsed() const;

 private:
  using Time = std::chrono::system_clock::time_point;

  /// Wall clock at the beginning plus steady time since then, so that no step ends before it began.
  [[nodiscard]] Time now() const;
  void publish_wait(std::string_view operation, std::string_view object,
                    std::string_view text) const;
  void add_step(std::string name, Time begin, std::string_view object, std::string text);
  void checked(bool passed, const std::string& text);
  void delay();
  void wait_at_barrier();
  static std::string barrier_text(const Barrier::Arrival& arrival, Barrier::End end,
                                  const std::string& position);
  void finish_step(bool failed, std::optional<std::string> value);
  void record_step(const char* word, std::string_view object, const sim::StepPlace& place,
                   std::optional<bank::Money> balance);

  std::string thread_id_;
  Settings settings_;
  std::shared_ptr<Barrier> barrier_;    ///< null after the transfer has waited at it
  std::shared_ptr<ScheduleGate> gate_;  ///< null if the transfer is not driven
  std::size_t task_ = 0;                ///< its task in the gate, from 0
  Surroundings& around_;
  Time begin_ = std::chrono::system_clock::now();
  std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
  Time step_begin_ = begin_;
  std::vector<StepRecord> steps_;
  Recorder::Transfer recorded_;  ///< null if nothing is recorded
  bank::Transfer transfer_;      ///< valid if recorded_ is not null
};

/// Runs the bank's code on the lab's threads.
using LabRuntime = sim::ThreadRuntime<LabTask, AccountMutex>;
static_assert(sim::Runtime<LabRuntime>);

}  // namespace http
