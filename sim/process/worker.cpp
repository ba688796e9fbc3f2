#include <sim/process/worker.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

/// At most this part of the time is spent on saying what is left to explore.
constexpr int kAcknowledgeShare = 100;
constexpr std::chrono::milliseconds kAcknowledgeEvery{50};
/// The number of executions after which time decides.
constexpr std::uint64_t kIntervalMax = 256;

bool was_told_to_stop(StopReason reason) {
  return reason == StopReason::interrupted || reason == StopReason::executions ||
         reason == StopReason::time;
}

}  // namespace

Worker::Worker(const Program& program, const StrategyMaker& make_strategy, ExploreOptions options,
               const Supervisor& supervisor, MessagePipe pipe)
    : program_(program),
      make_strategy_(make_strategy),
      options_(std::move(options)),
      supervisor_(supervisor),
      pipe_(std::move(pipe)) {
  interrupt_ = options_.interrupt;
  options_.interrupt = &stop_;
  options_.progress = &supervisor_.progress();
  options_.fatal = &fatal_;
  options_.engine.trace_memory = supervisor_.trace_memory();
  options_.record = false;
  options_.attention = &supervisor_.attention();
  options_.on_attention = [this](const Exploration& found) { handle_messages(found); };
  options_.on_exhausted = [this](const Exploration& found) { return wait_for_unit(found); };
}

void Worker::run() {
  Exploration found;
  if (wait_for_unit(found)) {
    found = explore(program_, *strategy_, options_,
                    [this](const FailureGroup& group) { send(NewFailure{group}); });
  }
  update_progress();
  if (was_told_to_stop(found.reason)) found.reason = end_of_strategy().value_or(found.reason);
  send(FinalReport{state(found), options_.note ? options_.note() : std::string{}});
}

/// Why the strategy ended, if it has nothing left to explore; otherwise empty.
std::optional<StopReason> Worker::end_of_strategy() const {
  if (strategy_ == nullptr || strategy_->progress().left_min > 0) return std::nullopt;
  switch (strategy_->begin_execution()) {
    case SearchStatus::exhausted:
      return StopReason::exhausted;
    case SearchStatus::limit:
      return StopReason::limit;
    default:
      return std::nullopt;
  }
}

/// Blocks until there is a unit to explore. Returns false if the search stops.
bool Worker::wait_for_unit(const Exploration& found) {
  update_progress();
  if (stop_) return false;
  send(WorkRequest{found});
  acknowledged(found);
  while (const std::optional<std::string> bytes = pipe_.wait()) {
    const auto message = decode_coordinator_message(*bytes);
    if (!message || std::holds_alternative<StopRequest>(*message)) return false;
    if (const auto* const assignment = std::get_if<UnitAssignment>(&*message)) {
      return start_unit(*assignment, found);
    }
    handle(*message, nullptr);
  }
  return false;
}

bool Worker::start_unit(const UnitAssignment& assignment, const Exploration& found) {
  fatal_ = assignment.fatal;
  for (FatalExecution& execution : fatal_) execution.number += found.executions;
  if (!fatal_.empty()) {
    next_ = fatal_.back().number;
    interval_ = 1;
    supervisor_.attention() = true;
  }
  if (strategy_ == nullptr) strategy_ = make_strategy_(options_.engine);
  if (assignment.unit.empty() || strategy_->resume(assignment.unit)) return true;
  send(UnitRefused{});
  return false;
}

/// Called between two executions when the coordinator asks for attention.
void Worker::handle_messages(const Exploration& found) {
  supervisor_.attention() = false;
  if (interrupt_ != nullptr && *interrupt_) stop_ = true;
  while (const std::optional<std::string> bytes = pipe_.receive()) {
    if (const auto message = decode_coordinator_message(*bytes)) handle(*message, &found);
  }
  acknowledge_if_due(found);
  update_progress();
}

/// Says what is left of the unit, so that it is explored from there on if this process ends.
void Worker::acknowledge_if_due(const Exploration& found) {
  if (next_ > 0) {
    supervisor_.attention() = true;  // before the next execution, too
    if (found.executions < next_) return;
    next_ = interval_ > kIntervalMax ? 0 : found.executions + interval_;
    interval_ *= 2;
  } else if (Clock::now() < not_before_ || found.executions == acknowledged_) {
    return;
  }
  const Clock::time_point begin = Clock::now();
  send(StateReport{state(found)});
  acknowledged(found);
  const Clock::time_point end = Clock::now();
  not_before_ =
      end + std::max<Clock::duration>(kAcknowledgeEvery, (end - begin) * kAcknowledgeShare);
}

/// Called when a message has said what was found.
void Worker::acknowledged(const Exploration& found) {
  acknowledged_ = found.executions;
  std::erase_if(fatal_, [&](const FatalExecution& execution) {
    return execution.number <= found.executions;
  });
}

/// Handles a message that came while a unit was explored, with what was found so far, or while the
/// worker waited for one; `found` is then null.
void Worker::handle(const CoordinatorMessage& message, const Exploration* found) {
  if (std::holds_alternative<StopRequest>(message)) {
    stop_ = true;
  } else if (std::holds_alternative<SplitRequest>(message)) {
    SplitReply reply;
    // The numbers of the fatal executions are those in the undivided unit.
    if (found != nullptr && fatal_.empty()) reply.unit = strategy_->split();
    if (found != nullptr) reply.state = state(*found);
    send(reply);
  } else if (std::holds_alternative<StateRequest>(message)) {
    send(StateReport{found == nullptr ? std::nullopt : std::optional{state(*found)}});
  }
  if (found != nullptr) acknowledged(*found);
}

WorkerState Worker::state(const Exploration& found) const {
  const bool left = strategy_ != nullptr && strategy_->progress().left_min > 0;
  return {found, left ? std::optional{strategy_->save()} : std::nullopt};
}

void Worker::update_progress() const {
  if (strategy_ == nullptr) return;
  const SearchProgress progress = strategy_->progress();
  supervisor_.progress().share = progress.share.value_or(-1);
  supervisor_.progress().left_min = progress.left_min;
}

}  // namespace sim
