#include <sim/search/repeater.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <sim/engine/executions.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {
namespace {

/// Index of the first entry in which `again` differs from `first`. Empty if both are equal or, if
/// `shorter` is set, if `again` is a prefix of `first`.
std::optional<std::size_t> first_difference(const Trace& first, const Trace& again, bool shorter) {
  const auto a = first.entries();
  const auto b = again.entries();
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_b == b.end() && (shorter || in_a == a.end())) return std::nullopt;
  return static_cast<std::size_t>(in_b - b.begin());
}

/// Describes how `again`, a repetition of `first`, differs from it at the trace entry with index
/// `entry`. `refusal` is RetraceStrategy::difference() of the repetition.
std::string difference_at(const Trace& first, const Engine& again, std::size_t entry,
                          std::optional<RetraceStrategy::Difference> refusal) {
  const auto entries = first.entries();
  const auto now = again.trace().entries();
  const auto before = entries.first(std::min(entry, entries.size()));
  const auto orders =
      std::count_if(before.begin(), before.end(), [](const TraceEntry& e) { return e.is_order(); });
  const auto text_at = [&](std::span<const TraceEntry> trace) {
    return entry < trace.size() ? entry_text(trace[entry], again.names())
                                : std::string{"the end of the execution"};
  };
  if (!refusal || entry < now.size()) refusal = {text_at(entries), text_at(now)};
  return fmt::format(
      "run twice with the same choices, it did something else at step {}: expected {}; got {}{}",
      entry + 1 - static_cast<std::size_t>(orders), refusal->expected, refusal->got,
      refusal->expected == refusal->got ? ", with another result" : "");
}

}  // namespace

Repeater::Repeater(const Body& body, const EngineOptions& options)
    : body_(body), options_(options) {
  options_.after_failure = AfterFailure::stop;
  options_.trace_memory = {};
}

const Engine& Repeater::repeat(std::span<const TraceEntry> entries, Observer* observer,
                               std::vector<FatalPoint> fatal) {
  if (engine_ == nullptr) engine_ = std::make_unique<Engine>(options_);
  engine_->set_record_order(options_.record_order ||
                            std::any_of(entries.begin(), entries.end(),
                                        [](const TraceEntry& entry) { return entry.is_order(); }));
  engine_->stop_at(std::move(fatal));
  engine_->abandon_at_end(abandons_);
  RetraceStrategy retrace{entries};
  run_once(*engine_, body_, retrace, observer);
  difference_ = retrace.difference();
  return *engine_;
}

Recording Repeater::record(std::span<const TraceEntry> entries) {
  Recorder recorder;
  repeat(entries, &recorder);
  return recorder.recording();
}

std::optional<std::string> Repeater::check_passed(const Trace& trace) {
  const Engine& again = repeat(trace.entries());
  if (const auto entry = first_difference(trace, again.trace(), false)) {
    return difference_at(trace, again, *entry, difference_);
  }
  switch (again.outcome().kind) {
    case OutcomeKind::passed:
      return std::nullopt;
    case OutcomeKind::divergence:  // it had a further choice after the first execution had ended
      return difference_at(trace, again, trace.entries().size(), difference_);
    default:
      return fmt::format("it passed the first time; the same steps then ended with {}",
                         to_string(again.outcome().kind));
  }
}

std::optional<std::string> Repeater::check_failed(const Trace& trace, const Outcome& outcome,
                                                  Recorder& recorder) {
  const Engine& again = repeat(trace.entries(), &recorder);
  // The repeated execution stops at its failure; the first one may have continued after it.
  if (const auto entry = first_difference(trace, again.trace(), true)) {
    return difference_at(trace, again, *entry, difference_);
  }
  if (again.outcome().kind == outcome.kind && again.outcome().group == outcome.group) {
    return std::nullopt;
  }
  const std::string place = outcome.place();
  return fmt::format("it failed with {}{}{} the first time; the same steps then ended with {}",
                     outcome.summary(), place.empty() ? "" : ", in ", place,
                     again.outcome().summary());
}

}  // namespace sim
