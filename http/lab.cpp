#include <http/lab.hpp>

#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include <bank/algorithm.hpp>
#include <http/deadlock_schedule.hpp>
#include <http/encode.hpp>

namespace http {
namespace {

const std::array<bank::AccountStart, 3> kAccounts{
    {{"alice", bank::whole(1000)}, {"bob", bank::whole(500)}, {"charlie", bank::whole(200)}}};

/// Another number for each number, so that ids do not repeat before all have been given.
std::uint32_t mixed(std::uint32_t x) {
  x = (x ^ (x >> 16U)) * 0x7feb352dU;
  x = (x ^ (x >> 15U)) * 0x846ca68bU;
  return x ^ (x >> 16U);
}

/// Adds one for a scope.
class Counted {
 public:
  Counted(std::atomic<std::size_t>& count, Metrics& metrics)
      : count_(count), metrics_(metrics), before_(count_.fetch_add(1)) {
    metrics_.add_concurrent(1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() {
    metrics_.add_concurrent(-1);
    count_.fetch_sub(1);
  }
  [[nodiscard]] std::size_t before() const { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  Metrics& metrics_;
  std::size_t before_;
};

/// A transfer's place in a schedule that is driven, or nothing.
class DrivenPlace {
 public:
  DrivenPlace() = default;
  DrivenPlace(const DrivenPlace&) = delete;
  DrivenPlace& operator=(const DrivenPlace&) = delete;
  /// Gives it up, where it was not left.
  ~DrivenPlace() { leave(false); }

  void take(std::shared_ptr<ScheduleGate> gate, std::size_t task) {
    gate_ = std::move(gate);
    task_ = task;
  }
  /// False where what the transfer did is of no account.
  bool leave(bool finished) {
    return !gate_ || std::exchange(gate_, nullptr)->leave(task_, finished);
  }

 private:
  std::shared_ptr<ScheduleGate> gate_;
  std::size_t task_ = 0;
};

TransferRefusal given_up(const ScheduleGate& gate, std::size_t task, const std::string& transfer,
                         std::string_view why) {
  return {
      TransferRefusal::Reason::given_up,
      fmt::format("transfer {}, task {} of the schedule, was given up: {}", transfer, task, why),
      gate.plan().schedule};
}

}  // namespace

Lab::Lab(const LabOptions& options, Metrics& metrics, Log& log, Observer observer)
    : options_(options),
      around_{metrics, log, LiveEvents{options.events_max}},
      observer_(std::move(observer)),
      next_id_(std::random_device{}()),
      settings_(options.settings),
      ledger_(std::make_shared<Ledger>(kAccounts)),
      barrier_(make_barrier()),
      recorder_(std::make_shared<Recorder>(kAccounts.size())) {
  show_balances();
}

std::shared_ptr<Barrier> Lab::make_barrier() const {
  if (!settings_.barrier_enabled) return nullptr;
  return std::make_shared<Barrier>(settings_.barrier_count, options_.barrier_timeout);
}

void Lab::replace_barrier() {
  if (barrier_) barrier_->release();
  barrier_ = make_barrier();
  if (barrier_ && stopped_) barrier_->release();
}

Settings Lab::settings() const {
  const std::lock_guard lock{mutex_};
  return settings_;
}

std::variant<Settings, std::string> Lab::configure(const SettingsChange& change) {
  const std::lock_guard lock{mutex_};
  const auto next = changed(settings_, change);
  if (const auto* const settings = std::get_if<Settings>(&next)) {
    const bool begins_to_record = settings->recording_enabled && !settings_.recording_enabled;
    if (begins_to_record) recorder_ = std::make_shared<Recorder>(ledger_->size());
    settings_ = *settings;
    if (change.names_barrier()) replace_barrier();
    around_.log.info(fmt::format(
        "settings: {}, delay {}, barrier {}, recording {}", bank::to_string(settings_.algorithm),
        settings_.delay_enabled ? fmt::format("{} ms", settings_.delay_ms) : "off",
        settings_.barrier_enabled ? fmt::format("of {}", settings_.barrier_count) : "off",
        settings_.recording_enabled ? "on" : "off"));
    around_.events.tell("settings", [&] { return settings_json(settings_, SettingsPart::all); });
  }
  return next;
}

std::vector<Lab::AccountView> Lab::accounts() const {
  return views_of(*begin().ledger);
}

std::vector<Lab::AccountView> Lab::views_of(const Ledger& ledger) {
  std::vector<AccountView> accounts;
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    accounts.push_back({ledger.at(i).id, ledger.at(i).balance.peek().amount});
  }
  return accounts;
}

std::vector<TransferRecord> Lab::records(std::size_t limit) const {
  const std::lock_guard lock{mutex_};
  const std::size_t count = std::min(limit, records_.size());
  return {records_.end() - static_cast<std::ptrdiff_t>(count), records_.end()};
}

std::vector<Lab::AccountView> Lab::reset() {
  const std::lock_guard lock{mutex_};
  if (gate_) gate_->cancel("the lab was reset while the schedule was driven");
  settle_schedule();
  install(kAccounts);
  around_.log.info("reset: fresh accounts, empty transaction log, barrier released");
  return {kAccounts.begin(), kAccounts.end()};
}

/// With the mutex.
void Lab::install(std::span<const AccountView> accounts) {
  ledger_ = std::make_shared<Ledger>(accounts);
  recorder_ = std::make_shared<Recorder>(accounts.size());
  records_.clear();
  replace_barrier();
  around_.events.tell("reset", [] { return "{}"; });
  show_balances();
}

std::optional<DriveReport> Lab::drive(std::shared_ptr<const DrivePlan> plan,
                                      std::chrono::milliseconds timeout) {
  const std::lock_guard lock{mutex_};
  settle_schedule();
  if (gate_) return std::nullopt;
  install(plan->workload.accounts);
  around_.log.info(fmt::format("schedule: {} steps of {} transfers are driven, expected: {}",
                               plan->steps.size(), plan->workload.transfers.size(), plan->expect));
  gate_ = std::make_shared<ScheduleGate>(std::move(plan), timeout);
  tell_state(DriveState::armed);
  const DriveReport armed = report();
  around_.events.tell("schedule", [] { return schedule_json(DriveState::armed); });
  if (stopped_) gate_->cancel("the lab is stopping");
  return armed;
}

std::optional<DriveReport> Lab::driven() {
  const std::lock_guard lock{mutex_};
  settle_schedule();
  if (!gate_ && !last_gate_) return std::nullopt;
  return report();
}

void Lab::settle() {
  const std::lock_guard lock{mutex_};
  settle_schedule();
}

/// With the mutex.
void Lab::settle_schedule() {
  if (!gate_ || !gate_->is_over()) return;
  last_accounts_ = views_of(*ledger_);
  last_gate_ = std::exchange(gate_, nullptr);
  const DriveReport over = last_gate_->report();
  tell_state(over.state);
  if (over.state == DriveState::done) {
    around_.log.info("schedule: done, every step as the simulator made it");
    return;
  }
  around_.log.warn(fmt::format("schedule: failed, fresh accounts: {}", over.problem));
  install(kAccounts);
}

void Lab::tell_state(DriveState state) {
  around_.events.tell("schedule", [state] { return drive_state_json(state); });
}

/// With the mutex.
DriveReport Lab::report() const {
  DriveReport report = (gate_ ? gate_ : last_gate_)->report();
  report.accounts = gate_ ? views_of(*ledger_) : last_accounts_;
  return report;
}

Lab::Begun Lab::begin() const {
  const std::lock_guard lock{mutex_};
  return {settings_, ledger_, barrier_, settings_.recording_enabled ? recorder_ : nullptr, gate_};
}

Lab::Begun Lab::begin(std::optional<std::size_t> task) {
  settle();
  Begun begun = begin();
  if (!begun.gate || !task) return begun;
  const bank::Workload& workload = begun.gate->plan().workload;
  begun.settings.delay_enabled = false;
  begun.settings.barrier_enabled = false;
  if (*task >= 1 && *task <= workload.transfers.size()) {
    begun.settings.algorithm = workload.algorithm_of(*task - 1);
  }
  begun.barrier = nullptr;
  return begun;
}

std::optional<TransferRefusal> Lab::refuse(const Begun& begun, const TransferOrder& order,
                                           std::optional<std::size_t> task) const {
  using Reason = TransferRefusal::Reason;
  if (begun.gate && !task) {
    return TransferRefusal{Reason::not_driven,
                           "a schedule is being driven, and this is none of its transfers, which "
                           "come with the header X-Racelab-Task; POST /reset ends it"};
  }
  if (!begun.gate && task) {
    return TransferRefusal{Reason::not_driven,
                           fmt::format("header X-Racelab-Task: there is no task {}, for no "
                                       "schedule is being driven; POST /admin/schedule begins one",
                                       *task)};
  }
  // Whether it is the task's transfer is for the gate to say.
  if (begun.gate) return std::nullopt;
  for (const auto& [name, id] :
       {std::pair{"from_account", order.from}, std::pair{"to_account", order.to}}) {
    if (begun.ledger->find(id) != nullptr) continue;
    return TransferRefusal{Reason::unknown_account,
                           fmt::format("body.{}: there is no account \"{}\"", name, id)};
  }
  return std::nullopt;
}

std::variant<TransferRecord, TransferRefusal> Lab::transfer(const TransferOrder& order,
                                                            std::optional<std::size_t> number) {
  using Reason = TransferRefusal::Reason;
  const Begun begun = begin(number);
  if (auto refusal = refuse(begun, order, number)) return std::move(*refusal);
  const Counted running{running_, around_.metrics};
  if (running.before() >= options_.transfers_max) {
    return TransferRefusal{Reason::too_many_transfers,
                           fmt::format("{} transfers are running, as many as this lab runs at "
                                       "once; try again when some have ended",
                                       options_.transfers_max)};
  }

  LabTask task{next_id(), std::to_string(::gettid()), order, begun.settings, begun.barrier,
               around_};
  DrivenPlace place;
  if (begun.gate) {
    const std::string problem = begun.gate->enter(*number - 1, order, task.id(), task.thread_id());
    if (!problem.empty()) return TransferRefusal{Reason::not_driven, problem};
    place.take(begun.gate, *number - 1);
    task.drive(begun.gate, *number - 1);
  }
  const bank::Transfer transfer{begun.ledger->find(order.from)->position,
                                begun.ledger->find(order.to)->position, order.amount};
  const RecordedScope recorded{begun.recorder.get(),
                               {task.id(), transfer, begun.settings.algorithm, {}, false, false}};
  task.record(recorded.transfer(), transfer);
  task.say(fmt::format("begins: {} -> {} {}, {}", order.from, order.to, order.amount,
                       bank::to_string(begun.settings.algorithm)));
  around_.events.tell("begin", [&] {
    return begin_json(task.id(), task.thread_id(), number, order, begun.settings.algorithm);
  });
  TransferRecord record{task.id(), task.begin(), order, {}, task.thread_id(), {}};
  std::optional<TransferRefusal> refused;
  try {
    record.result = bank::execute(begun.settings.algorithm, *begun.ledger, transfer, task);
  } catch (const Deadlock& deadlock) {
    refused = {Reason::deadlock,
               fmt::format("deadlock: {}. Transfer {} was given up to let the other go on, and has "
                           "changed nothing",
                           deadlock.what(), record.id),
               schedule_of(deadlock, views_of(*begun.ledger))};
  } catch (const GivenUp& gone) {
    if (recorded.transfer()) recorded.transfer()->give_up();
    refused = given_up(*begun.gate, *number, record.id, gone.what());
  }
  record.duration = task.elapsed();
  bool counted = false;
  {
    const std::lock_guard lock{mutex_};
    if (!place.leave(!refused) && !refused) {
      refused = given_up(*begun.gate, *number, record.id, begun.gate->report().problem);
    }
    counted = !refused && keep(begun, record, recorded.transfer());
    settle_schedule();
  }
  tell(task, record, refused, counted);
  if (observer_) {
    observer_({record, begun.settings, task.steps(), counted, refused ? refused->detail : ""});
  }
  if (refused) return std::move(*refused);
  return record;
}

/// The log's last line about a transfer.
void Lab::tell(const LabTask& task, const TransferRecord& record,
               const std::optional<TransferRefusal>& refused, bool counted) {
  if (refused) {
    if (refused->reason == TransferRefusal::Reason::deadlock) around_.metrics.deadlocked();
    around_.log.warn(refused->detail);
    around_.events.tell("end", [&] { return end_json(record, true, refused->detail); });
  } else if (!counted) {
    constexpr const char* kReplaced =
        "ends on accounts that a reset has replaced: neither recorded nor counted";
    task.say(kReplaced);
    around_.events.tell("end", [&] { return end_json(record, false, kReplaced); });
  } else {
    if (record.hit_race()) {
      around_.log.warn(fmt::format("transfer {} thread {}: RACE: {} is negative, {}: double-spend",
                                   record.id, record.thread_id, record.order.from,
                                   record.result.from_after));
    }
    task.say(fmt::format(
        "{}: {} = {}, {} = {}",
        record.result.status == bank::TransferStatus::success ? "success"
                                                              : "failed, insufficient funds",
        record.order.from, record.result.from_after, record.order.to, record.result.to_after));
  }
}

/// With the mutex. False where a reset has replaced the accounts.
bool Lab::keep(const Begun& begun, const TransferRecord& record,
               const Recorder::Transfer& recorded) {
  if (begun.ledger != ledger_) return false;
  records_.push_back(record);
  if (records_.size() > options_.records_max) records_.pop_front();
  around_.metrics.transfer_ended(record.result.status, record.duration);
  if (record.hit_race()) {
    note_race(begun, record, recorded);  // before the metrics tell of it
    around_.metrics.race_hit();
    around_.events.tell("race", [&] { return race_json(record); });
  }
  // With the mutex: the balances that are told last are the newest.
  around_.events.tell("end", [&] { return end_json(record, false, ""); });
  show_balances();
  return true;
}

/// With mutex_.
void Lab::note_race(const Begun& begun, const TransferRecord& record,
                    const Recorder::Transfer& recorded) {
  const bool was_negative = record.result.from_after.amount + record.order.amount < bank::Money{};
  if (!recorded || was_negative) return;  // who made it so has made the race
  last_race_ = std::make_shared<const RecordedRace>(
      RecordedRace{begun.recorder->moment(), views_of(*begun.ledger), recorded, record.id});
}

std::optional<std::string> Lab::recording() const {
  const Begun begun = begin();
  if (!begun.recorder) return std::nullopt;
  return schedule_of(*begun.recorder, [&] { return views_of(*begun.ledger); });
}

std::optional<std::string> Lab::last_race() const {
  std::shared_ptr<const RecordedRace> race;
  {
    const std::lock_guard lock{mutex_};
    race = last_race_;
  }
  return race ? schedule_of(*race) : std::nullopt;
}

std::size_t Lab::recorded() const {
  const Begun begun = begin();
  return begun.recorder ? begun.recorder->size() : 0;
}

void Lab::show_balances() {
  around_.metrics.set_balances(views_of(*ledger_));
  around_.events.tell("accounts", [this] { return accounts_json(views_of(*ledger_)); });
}

std::string Lab::next_id() {
  return fmt::format("{:08x}", mixed(next_id_.fetch_add(1)));
}

void Lab::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;  // with the mutex: no barrier is made meanwhile
    if (barrier_) barrier_->release();
    if (gate_) gate_->cancel("the lab is stopping");
  }
  around_.pause.stop();
  around_.events.stop();
}

}  // namespace http
