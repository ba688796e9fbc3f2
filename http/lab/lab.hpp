#pragma once
// The live lab: the bank's transfer algorithms on real threads, with the delays, the barrier, the
// recorder, and the schedule gate that make its races reproducible. It hands out values and makes
// no JSON; http/api encodes them. lab.cpp has settings, accounts and recordings, lab_transfer.cpp
// one transfer from begin to end, lab_schedule.cpp the schedule that is being driven.

#include <array>
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
#include <http/lab/barrier.hpp>
#include <http/lab/lab_task.hpp>
#include <http/lab/record.hpp>
#include <http/lab/recorded_schedule.hpp>
#include <http/lab/recorder.hpp>
#include <http/lab/schedule_gate.hpp>
#include <http/lab/settings.hpp>
#include <http/telemetry/log.hpp>
#include <http/telemetry/metrics.hpp>

namespace http {

/// The accounts of a lab that was just started or reset.
inline const std::array<bank::AccountStart, 3> kInitialAccounts{
    {{"alice", bank::whole(1000)}, {"bob", bank::whole(500)}, {"charlie", bank::whole(200)}}};

/// What a lab is created with.
struct LabOptions {
  Settings settings;
  std::chrono::milliseconds barrier_timeout{30'000};
  std::size_t records_max = 10'000;  ///< size of the transaction log; older records are dropped
  std::size_t transfers_max = 512;   ///< running at once; at least kBarrierCountMax
  std::size_t events_max = 4096;     ///< live events that are kept for slow listeners
};

/// A transfer that has ended, with everything that its trace shows.
struct FinishedTransfer {
  const TransferRecord& record;
  const Settings& settings;
  const std::vector<StepRecord>& steps;
  bool counted;       ///< false if a reset replaced its ledger: it is neither logged nor counted
  std::string error;  ///< why it was aborted; empty if it was not
};

/// Why a transfer was not done. A refused transfer has changed nothing.
struct TransferRefusal {
  enum class Reason : std::uint8_t {
    unknown_account,
    too_many_transfers,
    deadlock,    ///< it closed a cycle of transfers that wait for each other
    not_driven,  ///< the request belongs to no task of the schedule being driven, or no schedule is
                 ///< being driven
    aborted      ///< it belonged to a task, but the schedule ended before the transfer did
  };
  Reason reason;
  std::string detail;
  std::string schedule{};  ///< schedule file of the deadlock or of the driven schedule; else empty
};

/// The live lab. Thread-safe; any number of threads may run transfers at once.
class Lab {
 public:
  using AccountView = bank::AccountStart;
  /// Called on the thread of each transfer when it has ended. Must return quickly.
  using Observer = std::function<void(const FinishedTransfer&)>;

  /// `metrics` and `log` must outlive the lab.
  Lab(const LabOptions& options, Metrics& metrics, Log& log, Observer observer = {});

  [[nodiscard]] Settings settings() const;
  /// Applies all of the change or nothing. Returns the settings after it, or what is wrong with it.
  /// A change that names the barrier releases all transfers that wait at it.
  std::variant<Settings, std::string> configure(const SettingsChange& change);

  [[nodiscard]] std::vector<AccountView> accounts() const;
  /// Returns the newest `limit` records of the transaction log, oldest first.
  [[nodiscard]] std::vector<TransferRecord> records(std::size_t limit) const;
  /// Installs a fresh ledger, empties the transaction log, and releases the barrier. Transfers in
  /// flight end on the ledger on which they began, and leave no record and no metric.
  std::vector<AccountView> reset();

  /// Returns a schedule file of the newest transfers since the last reset, at most 60 of them.
  /// Empty if recording is off or nothing was recorded.
  [[nodiscard]] std::optional<std::string> recording() const;
  /// Returns a schedule file of the last transfer that took an account below zero and of those that
  /// overlapped it. A reset does not discard it. Empty if there was none while recording was on.
  [[nodiscard]] std::optional<std::string> last_race() const;
  /// Returns the number of recorded transfers.
  [[nodiscard]] std::size_t recorded() const;

  /// Runs a transfer on the calling thread, with the current settings and ledger. While a schedule
  /// is driven, only its transfers run; `task` is the number of the task, from 1.
  std::variant<TransferRecord, TransferRefusal> transfer(const TransferOrder& order,
                                                         std::optional<std::size_t> task = {});

  /// Starts to drive a schedule: resets the lab to the plan's accounts, and from then on leads the
  /// plan's transfers through its steps. Each step must arrive within `timeout`. After a successful
  /// end the accounts stay as they are; after a failure the lab's own accounts are installed again.
  /// Returns nullopt if another schedule is being driven.
  std::optional<DriveReport> drive(std::shared_ptr<const DrivePlan> plan,
                                   std::chrono::milliseconds timeout);
  /// Returns the state of the schedule that is driven or was driven last; empty if none was.
  std::optional<DriveReport> driven();
  /// Fails the driven schedule if its next step is overdue. drive(), driven() and transfer() do so
  /// themselves; other requests need it to see the accounts that a failure installs.
  void end_overdue_schedule();

  /// The live events of this lab.
  [[nodiscard]] LiveEvents& events() { return around_.events; }

  /// Ends all waiting now and in the future, so that transfers in flight end soon, and ends the
  /// live events.
  void stop();

 private:
  using Ledger = bank::Ledger<LabRuntime>;

  /// What a transfer takes from the lab when it begins.
  struct Context {
    Settings settings;
    std::shared_ptr<Ledger> ledger;
    std::shared_ptr<Barrier> barrier;      ///< null if the barrier is off
    std::shared_ptr<Recorder> recorder;    ///< null if recording is off
    std::shared_ptr<ScheduleGate> gate;    ///< null if no schedule is driven
    std::optional<std::size_t> task = {};  ///< number of the schedule's task, from 1
  };

  [[nodiscard]] Context context() const;
  Context context_of_task(std::optional<std::size_t> task);
  [[nodiscard]] static std::optional<TransferRefusal> refuse(const Context& context,
                                                             const TransferOrder& order);
  std::optional<TransferRefusal> execute(const Context& context, const bank::Transfer& transfer,
                                         const Recorder::Transfer& recorded, LabTask& task,
                                         TransferRecord& record);
  bool finish(const Context& context, GatePlace& place, const TransferRecord& record,
              const Recorder::Transfer& recorded, std::optional<TransferRefusal>& refused);
  bool keep(const Context& context, const TransferRecord& record,
            const Recorder::Transfer& recorded);
  void note_race(const Context& context, const TransferRecord& record,
                 const Recorder::Transfer& recorded);
  void report_begin(const Context& context, const LabTask& task);
  void report_end(const LabTask& task, const TransferRecord& record,
                  const std::optional<TransferRefusal>& refused, bool counted);
  std::string next_id();

  [[nodiscard]] std::shared_ptr<Barrier> make_barrier() const;
  void replace_barrier();
  static std::vector<AccountView> views_of(const Ledger& ledger);
  void install(std::span<const AccountView> accounts);
  void publish_balances();

  void retire_finished_gate();
  void publish_state(DriveState state);
  [[nodiscard]] DriveReport drive_report() const;

  const LabOptions options_;
  Surroundings around_;
  Observer observer_;
  std::atomic<std::uint32_t> next_id_;
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> stopped_{false};

  mutable std::mutex mutex_;  ///< guards the members below; not held while a transfer runs
  Settings settings_;
  std::shared_ptr<Ledger> ledger_;
  std::shared_ptr<Barrier> barrier_;
  std::shared_ptr<Recorder> recorder_;
  std::deque<TransferRecord> records_;
  std::shared_ptr<const RecordedRace> last_race_;
  std::shared_ptr<ScheduleGate> gate_;       ///< gate of the driven schedule; null if none
  std::shared_ptr<ScheduleGate> last_gate_;  ///< gate of the schedule that was driven before
  std::vector<AccountView> last_accounts_;   ///< balances at the end of that schedule
};

}  // namespace http
