#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bank/ledger.hpp>
#include <http/barrier.hpp>
#include <http/lab_task.hpp>
#include <http/log.hpp>
#include <http/metrics.hpp>
#include <http/record.hpp>
#include <http/recorded_schedule.hpp>
#include <http/recorder.hpp>
#include <http/schedule_gate.hpp>
#include <http/settings.hpp>

namespace http {

/// What a lab is made with.
struct LabOptions {
  Settings settings;
  std::chrono::milliseconds barrier_timeout{30'000};
  std::size_t records_max = 10'000;  ///< the log forgets the oldest beyond it
  std::size_t transfers_max = 512;   ///< at once; at least kBarrierCountMax
  std::size_t events_max = 4096;     ///< that are kept for who listens to them
};

/// A transfer that has ended, with all that its trace shows.
struct FinishedTransfer {
  const TransferRecord& record;
  const Settings& settings;
  const std::vector<StepRecord>& steps;
  bool counted;       ///< false: the lab was reset while it ran, its result is of no account
  std::string error;  ///< why it was given up; empty where it was not
};

/// Why a transfer was not done; it has changed nothing.
struct TransferRefusal {
  enum class Reason : std::uint8_t {
    unknown_account,
    too_many_transfers,
    deadlock,
    not_driven,  ///< a schedule is being driven, and this is none of its transfers; or none is
    given_up     ///< it was one of them, and the schedule has come to its end without it
  };
  Reason reason;
  std::string detail;
  std::string schedule{};  ///< of a deadlock, or that was driven, as a schedule file has it
};

/// The live lab: the bank on real threads, with what is done to its transfers. Knows no HTTP.
/// Thread-safe.
class Lab {
 public:
  using AccountView = bank::AccountStart;
  /// Called with each transfer at its end, on its thread; must be quick.
  using Observer = std::function<void(const FinishedTransfer&)>;

  /// `metrics` and `log` outlive the lab.
  Lab(const LabOptions& options, Metrics& metrics, Log& log, Observer observer = {});

  [[nodiscard]] Settings settings() const;
  /// All of the change or nothing; the settings after it, or what is wrong with it. Naming the
  /// barrier releases whoever waits at it.
  std::variant<Settings, std::string> configure(const SettingsChange& change);

  [[nodiscard]] std::vector<AccountView> accounts() const;
  /// The newest records, the oldest of them first.
  [[nodiscard]] std::vector<TransferRecord> records(std::size_t limit) const;
  /// A fresh ledger, an empty log, and whoever waits at the barrier goes on. Transfers in flight
  /// end on the ledger they began on, and leave no record and no metric.
  std::vector<AccountView> reset();

  /// What has happened since the last reset, as the text of a schedule file: the newest transfers,
  /// at most 60, while recording is on. Empty where there are none.
  [[nodiscard]] std::optional<std::string> recording() const;
  /// Of the last transfer that took an account below zero, with those that overlap it: the text of
  /// a schedule file. Outlives resets. Empty where there was none while recording was on.
  [[nodiscard]] std::optional<std::string> last_race() const;
  /// How many transfers are recorded.
  [[nodiscard]] std::size_t recorded() const;

  /// Runs on the calling thread, with the settings and the ledger of this moment. While a schedule
  /// is driven only its transfers do, each as a `task` of it, from 1.
  std::variant<TransferRecord, TransferRefusal> transfer(const TransferOrder& order,
                                                         std::optional<std::size_t> task = {});

  /// Drives a schedule: a reset, to the plan's accounts, from which on the plan's transfers are led
  /// through its steps; each may take `timeout` to come. At its end the accounts stay as they are;
  /// where it fails they are the lab's own again. Empty where another is being driven.
  std::optional<DriveReport> drive(std::shared_ptr<const DrivePlan> plan,
                                   std::chrono::milliseconds timeout);
  /// How far the schedule is that is driven, or was last. Empty where none was.
  std::optional<DriveReport> driven();
  /// Lets a schedule be over of which no step has come in time. The two above and transfer() do so
  /// themselves.
  void settle();

  /// What happens here, for who listens.
  [[nodiscard]] LiveEvents& events() { return around_.events; }

  /// Ends all waiting, now and from now on, so that transfers in flight end soon; and the events.
  void stop();

 private:
  using Ledger = bank::Ledger<LabRuntime>;

  /// What a transfer takes with it when it begins.
  struct Begun {
    Settings settings;
    std::shared_ptr<Ledger> ledger;
    std::shared_ptr<Barrier> barrier;
    std::shared_ptr<Recorder> recorder;  ///< null where recording is off
    std::shared_ptr<ScheduleGate> gate;  ///< null where no schedule is driven
  };

  [[nodiscard]] Begun begin() const;
  Begun begin(std::optional<std::size_t> task);
  [[nodiscard]] std::optional<TransferRefusal> refuse(const Begun& begun,
                                                      const TransferOrder& order,
                                                      std::optional<std::size_t> task) const;
  [[nodiscard]] std::shared_ptr<Barrier> make_barrier() const;
  void replace_barrier();
  static std::vector<AccountView> views_of(const Ledger& ledger);
  bool keep(const Begun& begun, const TransferRecord& record, const Recorder::Transfer& recorded);
  void note_race(const Begun& begun, const TransferRecord& record,
                 const Recorder::Transfer& recorded);
  void tell(const LabTask& task, const TransferRecord& record,
            const std::optional<TransferRefusal>& refused, bool counted);
  void install(std::span<const AccountView> accounts);
  void settle_schedule();
  void tell_state(DriveState state);
  [[nodiscard]] DriveReport report() const;
  std::string next_id();
  void show_balances();

  const LabOptions options_;
  Surroundings around_;
  Observer observer_;
  std::atomic<std::uint32_t> next_id_;
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> stopped_{false};

  mutable std::mutex mutex_;  ///< of all below; never held while a transfer runs
  Settings settings_;
  std::shared_ptr<Ledger> ledger_;
  std::shared_ptr<Barrier> barrier_;
  std::shared_ptr<Recorder> recorder_;
  std::deque<TransferRecord> records_;
  std::shared_ptr<const RecordedRace> last_race_;
  std::shared_ptr<ScheduleGate> gate_;       ///< of the schedule that is driven; null where none is
  std::shared_ptr<ScheduleGate> last_gate_;  ///< of the one before
  std::vector<AccountView> last_accounts_;   ///< that it has left
};

}  // namespace http
