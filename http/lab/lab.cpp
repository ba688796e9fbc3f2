#include <http/lab/lab.hpp>

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include <bank/algorithm.hpp>

namespace http {

Lab::Lab(const LabOptions& options, Metrics& metrics, Log& log, Observer observer)
    : options_(options),
      around_{metrics, log, LiveEvents{options.events_max}},
      observer_(std::move(observer)),
      next_id_(std::random_device{}()),
      settings_(options.settings),
      ledger_(std::make_shared<Ledger>(kInitialAccounts)),
      barrier_(make_barrier()),
      recorder_(std::make_shared<Recorder>(kInitialAccounts.size())) {
  publish_balances();
}

std::shared_ptr<Barrier> Lab::make_barrier() const {
  if (!settings_.barrier_enabled) return nullptr;
  return std::make_shared<Barrier>(settings_.barrier_count, options_.barrier_timeout);
}

/// The caller must hold mutex_.
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
    const bool starts_recording = settings->recording_enabled && !settings_.recording_enabled;
    if (starts_recording) recorder_ = std::make_shared<Recorder>(ledger_->size());
    settings_ = *settings;
    if (change.names_barrier()) replace_barrier();
    around_.log.info(fmt::format(
        "settings: {}, delay {}, barrier {}, recording {}", bank::to_string(settings_.algorithm),
        settings_.delay_enabled ? fmt::format("{} ms", settings_.delay_ms) : "off",
        settings_.barrier_enabled ? fmt::format("of {}", settings_.barrier_count) : "off",
        settings_.recording_enabled ? "on" : "off"));
    around_.events.publish([&] { return SettingsChanged{settings_}; });
  }
  return next;
}

std::vector<Lab::AccountView> Lab::accounts() const {
  return views_of(*context().ledger);
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
  retire_finished_gate();
  install(kInitialAccounts);
  around_.log.info("reset: fresh accounts, empty transaction log, barrier released");
  return {kInitialAccounts.begin(), kInitialAccounts.end()};
}

/// Replaces the ledger and all that belongs to it. The caller must hold mutex_.
void Lab::install(std::span<const AccountView> accounts) {
  ledger_ = std::make_shared<Ledger>(accounts);
  recorder_ = std::make_shared<Recorder>(accounts.size());
  records_.clear();
  replace_barrier();
  around_.events.publish([] { return AccountsReset{}; });
  publish_balances();
}

std::optional<std::string> Lab::recording() const {
  const Context now = context();
  if (!now.recorder) return std::nullopt;
  return schedule_of(*now.recorder, [&] { return views_of(*now.ledger); });
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
  const Context now = context();
  return now.recorder ? now.recorder->size() : 0;
}

/// The caller must hold mutex_.
void Lab::publish_balances() {
  around_.metrics.set_balances(views_of(*ledger_));
  around_.events.publish([this] { return BalancesChanged{views_of(*ledger_)}; });
}

void Lab::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopped_ = true;  // while the mutex is held, so that no barrier is created meanwhile
    if (barrier_) barrier_->release();
    if (gate_) gate_->cancel("the lab is stopping");
  }
  around_.pause.stop();
  around_.events.stop();
}

}  // namespace http
