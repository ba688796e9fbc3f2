#include <http/lab/recorded_schedule.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <bank/live_excerpt.hpp>
#include <bank/simulation.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

/// Returns the number of steps up to the failure, including the one that failed.
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
    throw std::logic_error{fmt::format("the simulator does not follow the recording: step {}: {}",
                                       replayed.divergence->entry, replayed.divergence->message)};
  }
  return replayed;
}

/// Returns the schedule file, with the outcome that the simulator finds. `origin` becomes its line
/// found-by.
std::string text_of(bank::LiveExcerpt excerpt, const std::string& origin) {
  sim::Schedule& schedule = excerpt.schedule;
  schedule.found_by = origin;
  const sim::Recording recording = simulated(excerpt).recording;
  schedule.expect.emplace(recording.outcome);
  const bool ends_there = steps_to_failure(recording) == schedule.entries.size();
  if (!ends_there && recording.outcome.failed()) schedule.mode = sim::ReplayMode::through;
  return with_comments(sim::format_schedule(schedule), excerpt.transfers);
}

/// Returns bank::excerpt_of(run, options) without the steps up to an earlier failure, so that its
/// last step is the one that fails.
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

/// Returns the index of the step that took the money.
std::size_t deduction_of(const bank::LiveTransfer& transfer) {
  const auto& steps = transfer.steps;
  const auto it = std::find_if(steps.rbegin(), steps.rend(), [&](const bank::LiveStep& step) {
    return step.account == transfer.transfer.from && step.place.changed && !step.on_lock;
  });
  return static_cast<std::size_t>(steps.rend() - it) - 1;
}

/// Returns make(). A step may be recorded a moment later than one that followed it, which leaves a
/// gap in the excerpt: then make() is called again.
template <class Make>
std::optional<bank::LiveExcerpt> without_gaps(const Make& make) {
  constexpr int kTries = 100;
  for (int i = 1;; ++i) {
    std::optional<bank::LiveExcerpt> excerpt = make();
    if (!excerpt || !excerpt->has_gaps || i == kTries) return excerpt;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace

std::optional<std::string> schedule_of(
    const Recorder& recorder, const std::function<std::vector<bank::AccountStart>()>& accounts) {
  const auto excerpt =
      without_gaps([&] { return bank::excerpt_of(recorder.moment().run(accounts()), {}); });
  if (!excerpt) return std::nullopt;
  return text_of(*excerpt, "recorded live");
}

std::optional<std::string> schedule_of(const RecordedRace& race) {
  const std::vector<Recorder::Transfer>& transfers = race.moment.transfers;
  const auto it = std::find(transfers.begin(), transfers.end(), race.transfer);
  bank::ExcerptOptions options;
  options.last = {static_cast<std::size_t>(it - transfers.begin()),
                  deduction_of(race.transfer->copy())};
  const auto excerpt =
      without_gaps([&] { return excerpt_of_failure(race.moment.run(race.accounts), options); });
  if (!excerpt) return std::nullopt;
  return text_of(*excerpt, fmt::format("recorded live: transfer {}", race.id));
}

}  // namespace http
