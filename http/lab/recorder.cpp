#include <http/lab/recorder.hpp>

#include <algorithm>
#include <utility>

namespace http {

void RecordedTransfer::note_changes(std::vector<std::uint64_t>& balances,
                                    std::vector<std::uint64_t>& locks) const {
  const std::lock_guard lock{mutex_};
  for (const bank::LiveStep& step : transfer_.steps) {
    std::uint64_t& newest = (step.on_lock ? locks : balances)[step.account];
    if (step.place.changed) newest = std::max(newest, step.place.version);
  }
}

Recorder::Transfer Recorder::begin(bank::LiveTransfer transfer) {
  auto recorded = std::make_shared<RecordedTransfer>(std::move(transfer));
  const std::lock_guard lock{mutex_};
  running_.push_back({begun_++, recorded});
  return recorded;
}

void Recorder::end(const Transfer& transfer) {
  transfer->end();
  Entry forgotten;  // destroyed after the mutex is released
  const std::lock_guard lock{mutex_};
  const auto it = std::find_if(running_.begin(), running_.end(),
                               [&](const Entry& entry) { return entry.transfer == transfer; });
  ended_.push_back(std::move(*it));
  *it = std::move(running_.back());
  running_.pop_back();
  if (ended_.size() <= kEndedMax) return;
  forgotten = std::move(ended_.front());
  ended_.pop_front();
  forgotten.transfer->note_changes(forgotten_balances_, forgotten_locks_);
}

Recorder::Moment Recorder::moment() const {
  std::vector<Entry> all;
  Moment moment;
  {
    const std::lock_guard lock{mutex_};
    all.reserve(ended_.size() + running_.size());
    all.assign(ended_.begin(), ended_.end());
    all.insert(all.end(), running_.begin(), running_.end());
    moment.forgotten_balances = forgotten_balances_;
    moment.forgotten_locks = forgotten_locks_;
  }
  std::sort(all.begin(), all.end(),
            [](const Entry& a, const Entry& b) { return a.number < b.number; });
  for (Entry& entry : all) moment.transfers.push_back(std::move(entry.transfer));
  return moment;
}

std::size_t Recorder::size() const {
  const std::lock_guard lock{mutex_};
  return ended_.size() + running_.size();
}

bank::LiveRun Recorder::Moment::run(std::vector<bank::AccountStart> accounts) const {
  bank::LiveRun run{std::move(accounts), {}, forgotten_balances, forgotten_locks};
  for (const Transfer& transfer : transfers) run.transfers.push_back(transfer->copy());
  return run;
}

}  // namespace http
