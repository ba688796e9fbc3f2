#include <http/recorder.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <bank/simulation.hpp>
#include <sim/schedule_text.hpp>

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
  Entry forgotten;  // freed without the mutex
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

namespace {

/// How many of the schedule's steps there are up to the failure.
std::optional<std::size_t> steps_to_failure(const sim::Recording& recording) {
  if (!recording.failed_at) return std::nullopt;
  const auto end = recording.events.begin() + static_cast<std::ptrdiff_t>(*recording.failed_at) + 1;
  return static_cast<std::size_t>(
      std::count_if(recording.events.begin(), end, [](const auto& e) { return e.is_step(); }));
}

std::string with_comments(const std::string& text, const std::vector<std::string>& transfers) {
  std::string comments;
  for (std::size_t i = 0; i < transfers.size(); ++i) {
    comments += fmt::format("# task {}: transfer {}\n", i + 1, transfers[i]);
  }
  const std::size_t line_end = text.find('\n') + 1;
  return text.substr(0, line_end) + comments + text.substr(line_end);
}

sim::Replayed simulated(const bank::LiveExcerpt& excerpt) {
  sim::Replayed replayed = bank::simulate(excerpt.workload, excerpt.schedule).replayed;
  if (replayed.divergence) {
    throw std::logic_error{fmt::format("the recording does not fit the simulator: step {}: {}",
                                       replayed.divergence->entry, replayed.divergence->message)};
  }
  return replayed;
}

}  // namespace

std::string schedule_text(bank::LiveExcerpt excerpt, const std::string& origin) {
  sim::Schedule& schedule = excerpt.schedule;
  schedule.found_by = origin;
  const sim::Recording recording = simulated(excerpt).recording;
  schedule.expect = recording.outcome.summary();
  const bool ends_there = steps_to_failure(recording) == schedule.entries.size();
  if (!ends_there && recording.outcome.failed()) schedule.mode = sim::ReplayMode::through;
  return with_comments(sim::format_schedule(schedule), excerpt.transfers);
}

std::optional<bank::LiveExcerpt> excerpt_of_failure(const bank::LiveRun& run,
                                                    bank::ExcerptOptions options) {
  for (;;) {
    auto excerpt = bank::excerpt_of(run, options);
    if (!excerpt || excerpt->has_gaps) return excerpt;
    const auto steps = steps_to_failure(simulated(*excerpt).recording);
    if (!steps || *steps >= excerpt->schedule.entries.size()) return excerpt;
    options.skip += *steps;
  }
}

}  // namespace http
