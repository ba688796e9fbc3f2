#include <http/lab.hpp>

#include <unistd.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <bank/algorithm.hpp>
#include <http/deadlock_schedule.hpp>

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

}  // namespace

Lab::Lab(const LabOptions& options, Metrics& metrics, Log& log, Observer observer)
    : options_(options),
      around_{metrics, log, {}},
      observer_(std::move(observer)),
      next_id_(std::random_device{}()),
      settings_(options.settings),
      ledger_(std::make_shared<Ledger>(kAccounts)),
      barrier_(make_barrier()) {
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
    settings_ = *settings;
    if (change.names_barrier()) replace_barrier();
    around_.log.info(fmt::format(
        "settings: {}, delay {}, barrier {}", bank::to_string(settings_.algorithm),
        settings_.delay_enabled ? fmt::format("{} ms", settings_.delay_ms) : "off",
        settings_.barrier_enabled ? fmt::format("of {}", settings_.barrier_count) : "off"));
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
  ledger_ = std::make_shared<Ledger>(kAccounts);
  records_.clear();
  replace_barrier();
  show_balances();
  around_.log.info("reset: fresh accounts, empty transaction log, barrier released");
  return {kAccounts.begin(), kAccounts.end()};
}

Lab::Begun Lab::begin() const {
  const std::lock_guard lock{mutex_};
  return {settings_, ledger_, barrier_};
}

std::variant<TransferRecord, TransferRefusal> Lab::transfer(const TransferOrder& order) {
  const Begun begun = begin();
  const auto* const from = begun.ledger->find(order.from);
  const auto* const to = begun.ledger->find(order.to);
  for (const auto& [account, name, id] :
       {std::tuple{from, "from_account", order.from}, std::tuple{to, "to_account", order.to}}) {
    if (account != nullptr) continue;
    return TransferRefusal{TransferRefusal::Reason::unknown_account,
                           fmt::format("body.{}: there is no account \"{}\"", name, id)};
  }
  const Counted running{running_, around_.metrics};
  if (running.before() >= options_.transfers_max) {
    return TransferRefusal{TransferRefusal::Reason::too_many_transfers,
                           fmt::format("{} transfers are running, as many as this lab runs at "
                                       "once; try again when some have ended",
                                       options_.transfers_max)};
  }

  LabTask task{next_id(), std::to_string(::gettid()), order, begun.settings, begun.barrier,
               around_};
  task.say(fmt::format("begins: {} -> {} {}, {}", order.from, order.to, order.amount,
                       bank::to_string(begun.settings.algorithm)));
  TransferRecord record{task.id(), task.begin(), order, {}, task.thread_id(), {}};
  std::string error;
  std::string schedule;
  try {
    record.result = bank::execute(begun.settings.algorithm, *begun.ledger,
                                  {from->position, to->position, order.amount}, task);
  } catch (const Deadlock& deadlock) {
    error = fmt::format(
        "deadlock: {}. Transfer {} was given up to let the other go on, and has changed nothing",
        deadlock.what(), record.id);
    schedule = schedule_of(deadlock, views_of(*begun.ledger));
  }
  record.duration = task.elapsed();
  const bool counted = error.empty() && keep(begun, record);
  if (!error.empty()) {
    around_.metrics.deadlocked();
    around_.log.warn(error);
  } else if (!counted) {
    task.say("ends on accounts that a reset has replaced: neither recorded nor counted");
  } else {
    if (record.hit_race()) {
      around_.log.warn(fmt::format("transfer {} thread {}: RACE: {} is negative, {}: double-spend",
                                   record.id, record.thread_id, order.from,
                                   record.result.from_after));
    }
    task.say(fmt::format("{}: {} = {}, {} = {}",
                         record.result.status == bank::TransferStatus::success
                             ? "success"
                             : "failed, insufficient funds",
                         order.from, record.result.from_after, order.to, record.result.to_after));
  }
  if (observer_) observer_({record, begun.settings, task.steps(), counted, error});
  if (!error.empty()) {
    return TransferRefusal{TransferRefusal::Reason::deadlock, error, std::move(schedule)};
  }
  return record;
}

bool Lab::keep(const Begun& begun, const TransferRecord& record) {
  const std::lock_guard lock{mutex_};
  if (begun.ledger != ledger_) return false;
  records_.push_back(record);
  if (records_.size() > options_.records_max) records_.pop_front();
  around_.metrics.transfer_ended(record.result.status, record.duration);
  if (record.hit_race()) around_.metrics.race_hit();
  show_balances();
  return true;
}

void Lab::show_balances() {
  for (std::size_t i = 0; i < ledger_->size(); ++i) {
    around_.metrics.set_balance(ledger_->at(i).id, ledger_->at(i).balance.peek().amount);
  }
}

std::string Lab::next_id() {
  return fmt::format("{:08x}", mixed(next_id_.fetch_add(1)));
}

void Lab::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;  // with the mutex: no barrier is made meanwhile
    if (barrier_) barrier_->release();
  }
  around_.pause.stop();
}

}  // namespace http
