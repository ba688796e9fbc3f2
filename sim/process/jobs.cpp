#include <sim/process/jobs.hpp>

#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <span>
#include <stdexcept>
#include <utility>

#include <sim/engine/executions.hpp>
#include <sim/process/message_pipe.hpp>
#include <sim/process/shared_memory.hpp>
#include <sim/process/supervisor.hpp>
#include <sim/schedule/retrace_strategy.hpp>

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
/// How long one that had nothing to give away is not asked again.
constexpr std::chrono::milliseconds kPoor{20};

// What the parent says to a job.
constexpr char kWork = 'W';    ///< explore this part; kWholeSearch: all
constexpr char kDivide = 'D';  ///< give away a part
constexpr char kReport = 'R';  ///< say what you have
constexpr char kStop = 'X';

// What a job says.
constexpr char kGroup = 'G';  ///< a failure of a new kind
constexpr char kIdle = 'I';   ///< it has nothing left
constexpr char kPart = 'P';   ///< the answer to kDivide; nothing: it cannot
constexpr char kState = 'S';  ///< the answer to kReport
constexpr char kFinal = 'F';  ///< the same, and it ends
constexpr char kError = 'E';  ///< a part that is none

const std::string kWholeSearch = "all";

/// A part as it goes over a channel, told from kWholeSearch and from nothing.
std::string tagged(std::string_view part) {
  return "part" + std::string{part};
}
std::string_view untagged(std::string_view body) {
  return body.substr(4);
}

/// What a job has found and has left: a size, what was found, and the part.
std::string state_bytes(const Exploration& found, std::string_view part) {
  const std::string bytes = to_bytes(found);
  std::string state = std::to_string(bytes.size()) + ' ' + bytes;
  return state.append(part);
}

struct JobState {
  Exploration found;
  std::string part;
};

JobState read_state(const std::string& body) {
  const std::size_t space = body.find(' ');
  const std::size_t size = std::stoull(body);
  JobState state;
  if (!from_bytes(std::string_view{body}.substr(space + 1, size), state.found)) {
    throw std::runtime_error("a job sent a report that cannot be read");
  }
  state.part = body.substr(space + 1 + size);
  return state;
}

// ---------------------------------------------------------------------------------------------
// In a child process

class Worker {
 public:
  Worker(const Program& program, const StrategyMaker& make_strategy, ExploreOptions options,
         const Supervisor& supervisor, MessagePipe channel)
      : program_(program),
        make_strategy_(make_strategy),
        options_(std::move(options)),
        supervisor_(supervisor),
        channel_(std::move(channel)) {}

  int run() {
    interrupt_ = options_.interrupt;
    options_.interrupt = &stop_;
    options_.progress = &supervisor_.progress();
    options_.engine.trace_memory = supervisor_.trace_memory();
    options_.record = false;
    options_.attention = &supervisor_.attention();
    options_.on_attention = [this](const Exploration& found) { attend(found); };
    options_.on_exhausted = [this](const Exploration& found) { return wait_for_work(found); };
    Exploration found;
    if (wait_for_work(found)) {
      found = explore(program_, *strategy_, options_, [this](const FailureGroup& group) {
        Exploration one;
        one.groups.push_back(group);
        channel_.send(kGroup, to_bytes(one));
      });
    }
    update_progress();
    if (was_told_to_stop(found.reason)) found.reason = end_of_strategy().value_or(found.reason);
    channel_.send(kFinal, state_bytes(found, part_left()));
    return 0;
  }

 private:
  [[nodiscard]] static bool was_told_to_stop(StopReason reason) {
    return reason == StopReason::interrupted || reason == StopReason::executions ||
           reason == StopReason::time;
  }
  /// How the search ended, if the strategy has nothing left to explore.
  [[nodiscard]] std::optional<StopReason> end_of_strategy() const {
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

  /// Takes up work as soon as there is some. False: stop.
  bool wait_for_work(const Exploration& found) {
    update_progress();
    if (stop_) return false;
    channel_.send(kIdle);
    while (const std::optional<Message> message = channel_.wait()) {
      if (message->kind == kStop) return false;
      if (message->kind == kWork) return take_up(message->body);
      answer(*message, found);
    }
    return false;
  }

  bool take_up(const std::string& body) {
    if (strategy_ == nullptr) strategy_ = make_strategy_(options_.engine);
    if (body == kWholeSearch || strategy_->resume(untagged(body))) return true;
    channel_.send(kError);
    return false;
  }

  void attend(const Exploration& found) {
    supervisor_.attention() = false;
    if (interrupt_ != nullptr && *interrupt_) stop_ = true;
    while (const std::optional<Message> message = channel_.receive()) {
      if (message->kind == kStop) {
        stop_ = true;
      } else {
        answer(*message, found);
      }
    }
    update_progress();
  }

  void answer(const Message& message, const Exploration& found) {
    if (message.kind == kDivide) {
      const auto part = strategy_ == nullptr ? std::nullopt : strategy_->split();
      channel_.send(kPart, part ? tagged(*part) : std::string{});
    } else if (message.kind == kReport) {
      channel_.send(kState, state_bytes(found, part_left()));
    }
  }

  /// Empty where nothing is left.
  [[nodiscard]] std::string part_left() const {
    const bool left = strategy_ != nullptr && strategy_->progress().left_min > 0;
    return left ? tagged(strategy_->save()) : std::string{};
  }

  void update_progress() const {
    if (strategy_ == nullptr) return;
    const SearchProgress progress = strategy_->progress();
    supervisor_.progress().share = progress.share.value_or(-1);
    supervisor_.progress().left_min = progress.left_min;
  }

  const Program& program_;
  const StrategyMaker& make_strategy_;
  ExploreOptions options_;
  const Supervisor& supervisor_;
  MessagePipe channel_;
  std::unique_ptr<SplittableStrategy> strategy_;
  const std::atomic<bool>* interrupt_ = nullptr;
  std::atomic<bool> stop_{false};
};

// ---------------------------------------------------------------------------------------------
// In the parent process

struct Job {
  explicit Job(const EngineOptions& engine) : supervisor(engine) {}

  Supervisor supervisor;
  MessagePipe channel;
  bool idle = false;  ///< waits for work
  bool ended = false;
  bool dividing = false;          ///< has not answered kDivide yet
  Clock::time_point poor_until;   ///< it had nothing to give away
  bool reporting = false;         ///< nor kReport
  std::optional<JobState> state;  ///< the last that it reported
};

class Jobs {
 public:
  Jobs(const Program& program, const StrategyMaker& make_strategy, const JobsOptions& options,
       JobsWatcher& watcher)
      : program_(program), make_strategy_(make_strategy), options_(options), watcher_(watcher) {}

  JobsReport run() {
    if (options_.resume && options_.resume->found.reason == StopReason::failure) {
      throw UsageError("a search that stopped at a failure cannot go on: explore with all = true");
    }
    if (options_.resume) {
      parts_ = options_.resume->parts;
      before_ = options_.resume->found;
      share_before_ = options_.resume->share;
      for (std::string& part : parts_) part = part.empty() ? kWholeSearch : tagged(part);
    } else {
      parts_.push_back(kWholeSearch);
    }
    begin_ = checkpointed_ = Clock::now();
    start();
    while (std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job->ended; })) {
      distribute();
      wait();
      for (const auto& job : jobs_) listen(*job);
      for (const auto& job : jobs_) look_after(*job);
      tick();
    }
    return report();
  }

 private:
  void start() {
    ExploreOptions explore = options_.explore;
    if (explore.executions_max) {
      const auto budget =
          static_cast<std::int64_t>(std::min<std::uint64_t>(*explore.executions_max, INT64_MAX));
      explore.executions_left = new (budget_.data()) std::atomic<std::int64_t>{budget};
      explore.executions_max.reset();
    }
    for (std::uint32_t i = 0; i < options_.jobs; ++i) {
      jobs_.push_back(std::make_unique<Job>(options_.explore.engine));
      Job& job = *jobs_.back();
      auto [mine, its] = MessagePipe::make();
      job.channel = std::move(mine);
      job.supervisor.start([&, &its = its] {
        // The other ends of what the parent holds are none of its business.
        for (const auto& other : jobs_) other->channel.close();
        return Worker{program_, make_strategy_, explore, job.supervisor, std::move(its)}.run();
      });
    }
  }

  /// Gives work to those that have none.
  void distribute() {
    if (stopping_ || collecting_) return;
    waiting_ = false;
    for (const auto& job : jobs_) {
      if (job->ended || !job->idle) continue;
      if (parts_.empty()) {
        waiting_ = true;
        continue;
      }
      job->idle = false;
      job->channel.send(kWork, parts_.back());
      parts_.pop_back();
    }
    const auto busy = [](const auto& job) { return !job->ended && !job->idle; };
    if (std::none_of(jobs_.begin(), jobs_.end(), busy)) {
      if (parts_.empty()) stop();
    } else if (waiting_) {
      divide();
    }
  }

  /// Asks the job that has most left for a part of it.
  void divide() {
    Job* largest = nullptr;
    for (const auto& job : jobs_) {
      if (job->ended || job->idle) continue;
      if (job->dividing) return;
      if (Clock::now() < job->poor_until) continue;
      const auto left = [](const Job& j) { return j.supervisor.progress().left_min.load(); };
      if (largest == nullptr || left(*job) > left(*largest)) largest = job.get();
    }
    if (largest == nullptr) return;
    largest->dividing = true;
    largest->channel.send(kDivide);
    largest->supervisor.attention() = true;
  }

  void wait() {
    std::vector<pollfd> fds;
    for (const auto& job : jobs_) {
      if (job->ended) continue;
      fds.push_back({job->channel.fd(), POLLIN, 0});
      fds.push_back({job->supervisor.life(), POLLIN, 0});
    }
    const auto timeout = waiting_ ? kPoor : kTick;
    ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
  }

  void listen(Job& job) {
    while (!job.ended) {
      const std::optional<Message> message = job.channel.receive();
      if (!message) return;
      switch (message->kind) {
        case kIdle:
          job.idle = true;
          break;
        case kPart:
          job.dividing = false;
          if (message->body.empty()) {
            job.poor_until = Clock::now() + kPoor;
          } else {
            parts_.push_back(message->body);
          }
          break;
        case kGroup:
          add_group(message->body);
          break;
        case kState:
          job.reporting = false;
          job.state = read_state(message->body);
          break;
        case kFinal:
          job.dividing = job.reporting = false;
          job.idle = false;
          job.state = read_state(message->body);
          finished(*job.state);
          break;
        default:
          throw std::runtime_error("this is no state of such a search");
      }
    }
  }

  void finished(const JobState& state) {
    const StopReason reason = state.found.reason;
    if (reason != StopReason::exhausted && reason != StopReason::limit) stop();
  }

  /// The first failure of its kind: told at once.
  void add_group(const std::string& body) {
    Exploration one;
    if (!from_bytes(body, one) || one.groups.empty()) return;
    FailureGroup& group = one.groups.front();
    const bool known = std::any_of(told_.begin(), told_.end(),
                                   [&](const FailureGroup& g) { return g.id == group.id; });
    if (known || (!options_.explore.all && !told_.empty())) return;
    group.recording = run_again(group.least).recording;
    told_.push_back(group);
    watcher_.on_group(group);
    for (const auto& job : jobs_) job->supervisor.forgive();
  }

  /// Runs an execution once more, in a child of its own, to put it into words.
  [[nodiscard]] IsolatedRun run_again(std::span<const TraceEntry> entries) const {
    const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& options) {
      RetraceStrategy retrace{entries};
      Engine engine{options};
      run_once(engine, program_.body, retrace, &recorder);
      return std::string{};
    };
    EngineOptions options = options_.explore.engine;
    options.bounds = program_.bounds;
    options.after_failure = AfterFailure::stop;
    return run_isolated(execute, options, options_.hang_timeout);
  }

  void look_after(Job& job) {
    if (job.ended) return;
    if (job.idle) job.supervisor.forgive();
    const std::optional<ChildEnd> end = job.supervisor.ended(options_.hang_timeout);
    if (!end) return;
    listen(job);
    job.ended = true;
    job.dividing = job.reporting = false;
    if (end->how != ChildEnd::How::finished) lose(job, *end);
  }

  /// A job did not survive, and what it had left to explore is lost.
  void lose(Job& job, const ChildEnd& end) {
    JobState& state = job.state.emplace();
    const ExploreProgress& progress = job.supervisor.progress();
    state.found.reason = options_.explore.all ? StopReason::lost : StopReason::failure;
    state.found.executions = progress.executions;
    state.found.failures = progress.failures;
    state.found.max_depth = progress.max_depth;
    state.found.interleaved = progress.executions > 0;
    state.found.lost = 1;
    report_.lost.push_back(end.cause);
    if (is_from_outside(end)) {
      state.found.reason = StopReason::lost;
    } else {
      fail_last_execution(job, end, state.found);
    }
    if (!options_.explore.all) stop();
  }

  /// Ended by a signal that code under test does not cause: by a person, or for want of memory.
  static bool is_from_outside(const ChildEnd& end) {
    static constexpr std::array kOutside{"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"};
    return end.how == ChildEnd::How::died &&
           std::find(kOutside.begin(), kOutside.end(), end.cause) != kOutside.end();
  }

  /// Code under test has crashed or hung. Runs the execution that the job was in once more, to put
  /// its steps into words; that process crashes or hangs in its turn.
  void fail_last_execution(const Job& job, const ChildEnd& end, Exploration& found) {
    const auto trace = job.supervisor.trace();
    FailureGroup group;
    group.executions = 1;
    group.least.assign(trace.begin(), trace.end());
    IsolatedRun again = run_again(group.least);
    Outcome& outcome = again.recording.outcome;
    // It may also have failed first, and crashed when its tasks were run to their ends.
    const bool failed = outcome.failed() && outcome.kind != OutcomeKind::divergence;
    if (again.end.how != end.how || !failed) report_.unreproduced = true;
    if (!failed) {
      outcome.kind = end.how == ChildEnd::How::hung ? OutcomeKind::hang : OutcomeKind::crash;
      outcome.message = end.cause;
    }
    for (const char c : outcome.summary()) {
      group.id = hash_step(group.id, static_cast<unsigned char>(c));
    }
    group.recording = std::move(again.recording);
    ++found.executions;
    ++found.failures;
    const auto steps = std::count_if(trace.begin(), trace.end(),
                                     [](const TraceEntry& entry) { return !entry.is_order(); });
    found.max_depth = std::max(found.max_depth, static_cast<std::uint32_t>(steps));
    found.interleaved = true;
    found.groups.push_back(group);
    if (!options_.explore.all && !told_.empty()) return;
    told_.push_back(group);
    watcher_.on_group(group);
  }

  void stop() {
    if (std::exchange(stopping_, true)) return;
    for (const auto& job : jobs_) {
      if (job->ended) continue;
      job->channel.send(kStop);
      job->supervisor.attention() = true;
    }
  }

  void tick() {
    if (options_.explore.interrupt != nullptr && *options_.explore.interrupt && !stopping_) {
      interrupted_ = true;
      stop();
    }
    if (Clock::now() - ticked_ >= kTick) {
      ticked_ = Clock::now();
      for (const auto& job : jobs_) job->supervisor.attention() = true;
      watcher_.on_tick(progress());
    }
    checkpoint();
  }

  [[nodiscard]] JobsProgress progress() const {
    JobsProgress all{before_.executions, before_.failures, before_.max_depth, std::nullopt,
                     parts_.size()};
    double share = share_before_;
    bool known = share >= 0;
    for (const auto& job : jobs_) {
      const ExploreProgress& one = job->supervisor.progress();
      all.executions += one.executions;
      all.failures += one.failures;
      all.max_depth = std::max(all.max_depth, one.max_depth.load());
      all.left_min += one.left_min;
      const double its = one.share;
      // A job that has never worked has explored nothing.
      if (its >= 0) share += its;
      if (its < 0 && one.executions > 0) known = false;
    }
    if (known && all.executions > 0) all.share = share;
    return all;
  }

  /// Collects what all jobs have found and left, now and then. No work changes hands meanwhile.
  void checkpoint() {
    if (!options_.checkpoint_every || stopping_) return;
    if (!collecting_) {
      if (Clock::now() - checkpointed_ < *options_.checkpoint_every) return;
      collecting_ = true;
      for (const auto& job : jobs_) {
        if (job->ended) continue;
        job->reporting = job->channel.send(kReport);
        job->supervisor.attention() = true;
      }
    }
    const bool due = std::any_of(jobs_.begin(), jobs_.end(),
                                 [](const auto& job) { return job->reporting || job->dividing; });
    if (due) return;
    collecting_ = false;
    checkpointed_ = Clock::now();
    watcher_.on_checkpoint(collect());
  }

  [[nodiscard]] SavedSearch collect() const {
    SavedSearch saved;
    saved.found = before_;
    saved.share = progress().share.value_or(-1);
    for (const std::string& part : parts_) {
      saved.parts.emplace_back(part == kWholeSearch ? std::string_view{} : untagged(part));
    }
    for (const auto& job : jobs_) {
      if (!job->state) continue;
      saved.found.merge(job->state->found);
      if (!job->state->part.empty()) saved.parts.emplace_back(untagged(job->state->part));
    }
    return saved;
  }

  JobsReport report() {
    report_.saved = collect();
    Exploration& found = report_.saved.found;
    const bool left = !report_.saved.parts.empty();
    found.reason = interrupted_ && left ? StopReason::interrupted : StopReason::exhausted;
    for (const auto& job : jobs_) {
      if (!job->state) continue;
      const Exploration& its = job->state->found;
      // What stopped the others comes before what these say of that.
      static constexpr std::array kRank{0, 1, 6, 3, 4, 2, 5, 7, 8};
      const auto rank = [](StopReason reason) {
        return kRank.at(static_cast<std::size_t>(reason));
      };
      if (rank(its.reason) > rank(found.reason)) {
        found.reason = its.reason;
        found.problem = its.problem;
      }
    }
    // What lay behind the failure in that execution was not looked at.
    if (found.reason == StopReason::failure) report_.saved.parts.clear();
    found.complete =
        found.reason == StopReason::exhausted && found.is_whole() && report_.saved.parts.empty();
    // Those that were told may have been known to a job that was lost.
    for (const FailureGroup& group : told_) {
      const bool there = std::any_of(found.groups.begin(), found.groups.end(),
                                     [&](const FailureGroup& g) { return g.id == group.id; });
      if (!there) found.groups.push_back(group);
    }
    for (FailureGroup& group : found.groups) put_into_words(group);
    found.sort_groups();
    found.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    return std::move(report_);
  }

  void put_into_words(FailureGroup& group) const {
    const auto told = std::find_if(told_.begin(), told_.end(),
                                   [&](const FailureGroup& g) { return g.id == group.id; });
    const bool same = told != told_.end() && told->least == group.least;
    group.recording = same ? told->recording : run_again(group.least).recording;
  }

  const Program& program_;
  const StrategyMaker& make_strategy_;
  const JobsOptions& options_;
  JobsWatcher& watcher_;
  SharedMemory budget_{sizeof(std::atomic<std::int64_t>)};
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::string> parts_;  ///< that no job has
  Exploration before_;              ///< found before this search was taken up again
  double share_before_ = 0;
  std::vector<FailureGroup> told_;
  bool waiting_ = false;  ///< some job is, and there is nothing for it
  bool stopping_ = false;
  bool interrupted_ = false;
  bool collecting_ = false;
  Clock::time_point begin_;
  Clock::time_point ticked_;
  Clock::time_point checkpointed_;
  JobsReport report_;
};

}  // namespace

JobsReport explore_in_jobs(const Program& program, const StrategyMaker& make_strategy,
                           const JobsOptions& options, JobsWatcher& watcher) {
  return Jobs{program, make_strategy, options, watcher}.run();
}

}  // namespace sim
