// The part of Lab that runs one transfer: what it takes from the lab when it begins, why it may be
// refused, and what it leaves when it has ended.

#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include <bank/algorithm.hpp>
#include <http/lab/deadlock_schedule.hpp>
#include <http/lab/lab.hpp>

namespace http {
namespace {

/// A bijection on 32-bit numbers: ids look random, but none repeats before all were used.
std::uint32_t mixed(std::uint32_t x) {
  x = (x ^ (x >> 16U)) * 0x7feb352dU;
  x = (x ^ (x >> 15U)) * 0x846ca68bU;
  return x ^ (x >> 16U);
}

/// Counts a running transfer for a scope.
class RunningCount {
 public:
  RunningCount(std::atomic<std::size_t>& count, Metrics& metrics)
      : count_(count), metrics_(metrics), before_(count_.fetch_add(1)) {
    metrics_.add_concurrent(1);
  }
  RunningCount(const RunningCount&) = delete;
  RunningCount& operator=(const RunningCount&) = delete;
  ~RunningCount() {
    metrics_.add_concurrent(-1);
    count_.fetch_sub(1);
  }
  /// How many transfers ran before this one was counted.
  [[nodiscard]] std::size_t before() const { return before_; }

 private:
  std::atomic<std::size_t>& count_;
  Metrics& metrics_;
  std::size_t before_;
};

TransferRefusal too_many_transfers(std::size_t transfers_max) {
  return {TransferRefusal::Reason::too_many_transfers,
          fmt::format("{} transfers are running, and this lab runs no more at once; try again when "
                      "some have ended",
                      transfers_max)};
}

TransferRefusal aborted(const ScheduleGate& gate, std::size_t task, const std::string& transfer,
                        std::string_view why) {
  return {TransferRefusal::Reason::aborted,
          fmt::format("transfer {}, task {} of the schedule, was aborted: {}", transfer, task, why),
          gate.plan().schedule};
}

}  // namespace

/// Returns what a transfer takes from the lab now.
Lab::Context Lab::context() const {
  const std::lock_guard lock{mutex_};
  return {settings_, ledger_, barrier_, settings_.recording_enabled ? recorder_ : nullptr, gate_};
}

/// Returns the context of a transfer. A task of the driven schedule has its algorithm from the
/// schedule, no delay, and no barrier.
Lab::Context Lab::context_of_task(std::optional<std::size_t> task) {
  end_overdue_schedule();
  Context context = this->context();
  context.task = task;
  if (!context.gate || !task) return context;
  const bank::Workload& workload = context.gate->plan().workload;
  context.settings.delay_enabled = false;
  context.settings.barrier_enabled = false;
  if (*task >= 1 && *task <= workload.transfers.size()) {
    context.settings.algorithm = workload.algorithm_of(*task - 1);
  }
  context.barrier = nullptr;
  return context;
}

std::optional<TransferRefusal> Lab::refuse(const Context& context, const TransferOrder& order) {
  using Reason = TransferRefusal::Reason;
  if (context.gate && !context.task) {
    return TransferRefusal{Reason::not_driven,
                           "a schedule is being driven, and this request belongs to none of its "
                           "tasks; send the header X-Racelab-Task, or POST /reset to end the "
                           "schedule"};
  }
  if (!context.gate && context.task) {
    return TransferRefusal{Reason::not_driven,
                           fmt::format("header X-Racelab-Task: there is no task {}, because no "
                                       "schedule is being driven; POST /admin/schedule starts one",
                                       *context.task)};
  }
  // The gate itself checks whether this is the transfer of the task.
  if (context.gate) return std::nullopt;
  for (const auto& [name, id] :
       {std::pair{"from_account", order.from}, std::pair{"to_account", order.to}}) {
    if (context.ledger->find(id) != nullptr) continue;
    return TransferRefusal{Reason::unknown_account,
                           fmt::format("body.{}: there is no account \"{}\"", name, id)};
  }
  return std::nullopt;
}

std::variant<TransferRecord, TransferRefusal> Lab::transfer(const TransferOrder& order,
                                                            std::optional<std::size_t> number) {
  const Context context = context_of_task(number);
  if (auto refusal = refuse(context, order)) return std::move(*refusal);
  const RunningCount running{running_, around_.metrics};
  if (running.before() >= options_.transfers_max) return too_many_transfers(options_.transfers_max);

  LabTask task{next_id(), std::to_string(::gettid()), order, context.settings, context.barrier,
               around_};
  GatePlace place;
  if (context.gate) {
    const std::size_t index = *number - 1;
    const std::string problem =
        place.enter(context.gate, index, order, task.id(), task.thread_id());
    if (!problem.empty()) return TransferRefusal{TransferRefusal::Reason::not_driven, problem};
    task.drive(context.gate, index);
  }
  const bank::Transfer transfer{context.ledger->find(order.from)->position,
                                context.ledger->find(order.to)->position, order.amount};
  const RecordedScope recorded{context.recorder.get(),
                               {task.id(), transfer, context.settings.algorithm, {}, false, false}};
  task.record(recorded.transfer(), transfer);
  report_begin(context, task);

  TransferRecord record{task.id(), task.begin(), order, {}, task.thread_id(), {}};
  auto refused = execute(context, transfer, recorded.transfer(), task, record);
  record.duration = task.elapsed();
  const bool counted = finish(context, place, record, recorded.transfer(), refused);
  report_end(task, record, refused, counted);
  if (observer_) {
    observer_({record, context.settings, task.steps(), counted, refused ? refused->detail : ""});
  }
  if (refused) return std::move(*refused);
  return record;
}

/// Runs the algorithm and stores its result in `record`, or returns why the transfer was aborted.
std::optional<TransferRefusal> Lab::execute(const Context& context, const bank::Transfer& transfer,
                                            const Recorder::Transfer& recorded, LabTask& task,
                                            TransferRecord& record) {
  try {
    record.result = bank::execute(context.settings.algorithm, *context.ledger, transfer, task);
  } catch (const Deadlock& deadlock) {
    return TransferRefusal{
        TransferRefusal::Reason::deadlock,
        fmt::format("deadlock: {}. Transfer {} was aborted so that the others can continue, and "
                    "has changed nothing",
                    deadlock.what(), record.id),
        schedule_of(deadlock, views_of(*context.ledger))};
  } catch (const TransferAborted& error) {
    if (recorded) recorded->give_up();
    return aborted(*context.gate, *context.task, record.id, error.what());
  }
  return std::nullopt;
}

/// Leaves the gate and logs the record. Sets `refused` if the schedule failed while the transfer
/// ended. Returns whether the transfer counts.
bool Lab::finish(const Context& context, GatePlace& place, const TransferRecord& record,
                 const Recorder::Transfer& recorded, std::optional<TransferRefusal>& refused) {
  const std::lock_guard lock{mutex_};
  if (!place.leave(!refused) && !refused) {
    refused = aborted(*context.gate, *context.task, record.id, context.gate->report().problem);
  }
  const bool counted = !refused && keep(context, record, recorded);
  retire_finished_gate();
  return counted;
}

/// Adds the record to the log and the metrics, unless a reset has replaced the ledger: then it
/// returns false. The caller must hold mutex_.
bool Lab::keep(const Context& context, const TransferRecord& record,
               const Recorder::Transfer& recorded) {
  if (context.ledger != ledger_) return false;
  records_.push_back(record);
  if (records_.size() > options_.records_max) records_.pop_front();
  around_.metrics.transfer_ended(record.result.status, record.duration);
  if (record.hit_race()) {
    note_race(context, record, recorded);  // before the metrics: who sees them can fetch the race
    around_.metrics.race_hit();
    around_.events.publish([&] { return RaceHit{record}; });
  }
  // Published while the mutex is held, so that the last balances published are the newest.
  around_.events.publish([&] { return TransferEnded{record}; });
  publish_balances();
  return true;
}

/// Remembers the race, unless the account was negative before: then another transfer caused it. The
/// caller must hold mutex_.
void Lab::note_race(const Context& context, const TransferRecord& record,
                    const Recorder::Transfer& recorded) {
  const bool was_negative = record.result.from_after.amount + record.order.amount < bank::Money{};
  if (!recorded || was_negative) return;
  last_race_ = std::make_shared<const RecordedRace>(
      RecordedRace{context.recorder->moment(), views_of(*context.ledger), recorded, record.id});
}

void Lab::report_begin(const Context& context, const LabTask& task) {
  const TransferOrder& order = task.order();
  const bank::Algorithm algorithm = context.settings.algorithm;
  task.say(fmt::format("begins: {} -> {} {}, {}", order.from, order.to, order.amount,
                       bank::to_string(algorithm)));
  around_.events.publish([&] {
    return TransferBegan{task.id(), task.thread_id(), context.task, order, algorithm};
  });
}

/// Writes the last log line of a transfer, and publishes its end if keep() has not.
void Lab::report_end(const LabTask& task, const TransferRecord& record,
                     const std::optional<TransferRefusal>& refused, bool counted) {
  if (refused) {
    if (refused->reason == TransferRefusal::Reason::deadlock) around_.metrics.deadlocked();
    around_.log.warn(refused->detail);
    around_.events.publish([&] { return TransferEnded{record, true, refused->detail}; });
    return;
  }
  if (!counted) {
    constexpr const char* kReplaced =
        "ended on accounts that a reset has replaced: neither logged nor counted";
    task.say(kReplaced);
    around_.events.publish([&] { return TransferEnded{record, false, kReplaced}; });
    return;
  }
  if (record.hit_race()) {
    around_.log.warn(fmt::format("transfer {} thread {}: RACE: {} is negative, {}: double-spend",
                                 record.id, record.thread_id, record.order.from,
                                 record.result.from_after));
  }
  const bool success = record.result.status == bank::TransferStatus::success;
  task.say(fmt::format("{}: {} = {}, {} = {}", success ? "success" : "failed, insufficient funds",
                       record.order.from, record.result.from_after, record.order.to,
                       record.result.to_after));
}

std::string Lab::next_id() {
  return fmt::format("{:08x}", mixed(next_id_.fetch_add(1)));
}

}  // namespace http
