#include <http/lab/lab_task.hpp>

#include <exception>
#include <utility>

#include <fmt/format.h>

#include <bank/transfer.hpp>

namespace http {

LabTask::LabTask(std::string id, std::string thread_id, TransferOrder order,
                 const Settings& settings, std::shared_ptr<Barrier> barrier, Surroundings& around)
    : LockOwner(std::move(id), std::move(order), settings.algorithm),
      thread_id_(std::move(thread_id)),
      settings_(settings),
      barrier_(std::move(barrier)),
      around_(around) {}

void LabTask::drive(std::shared_ptr<ScheduleGate> gate, std::size_t task) {
  gate_ = std::move(gate);
  task_ = task;
}

void LabTask::before_step(const char* word, std::string_view object) {
  if (gate_) {
    publish_wait("gate", object, word);
    gate_->before_step(task_, word, object);
  }
  if (word == std::string_view{bank::words::kLock}) {
    // Before the locks: a transfer that waited with a lock held would keep the others from
    // arriving.
    wait_at_barrier();
    publish_wait(word, object, "");
  }
  // A step during unwinding is an unlock of an aborted transfer.
  if (recorded_ && std::uncaught_exceptions() > 0) recorded_->give_up();
  step_begin_ = now();
}

void LabTask::after_step(const char* word, std::string_view object, const bank::Balance& value,
                         const sim::StepPlace& place) {
  record_step(word, object, place, value.amount);
  // A commit is the only step that can fail to change what it wants to change.
  const bool failed = !place.changed && word == std::string_view{bank::words::kCommit};
  std::string text = fmt::format("{}{}", failed ? "failed = " : "", value);
  say(fmt::format("{} {} {}{}", word, object, failed ? "" : "= ", text));
  add_step(word, step_begin_, object, std::move(text));
  finish_step(failed, fmt::format("{}", value));
}

void LabTask::after_step(const char* word, std::string_view object, bool held,
                         const sim::StepPlace& place) {
  record_step(word, object, place, std::nullopt);
  say(fmt::format("{} {}", word, object));
  add_step(word, step_begin_, object, held ? "held" : "free");
  finish_step(false, {});
}

/// Lets the gate go on. Must be the last action of a step, so that log lines have the order of the
/// steps.
void LabTask::finish_step(bool failed, std::optional<std::string> value) {
  if (gate_) gate_->after_step(task_, {true, failed, std::move(value)});
}

void LabTask::record_step(const char* word, std::string_view object, const sim::StepPlace& place,
                          std::optional<bank::Money> balance) {
  if (!recorded_) return;
  // The object belongs to one of the two accounts. Compare the whole account name, because one name
  // may be a prefix of the other: "a.b.balance" does not belong to "a".
  const bool on_source = object.substr(0, object.rfind('.')) == order().from;
  recorded_->add({word, on_source ? transfer_.from : transfer_.to, !balance.has_value(), place,
                  balance.value_or(bank::Money{})});
}

void LabTask::checked(bool passed, const std::string& text) {
  delay();
  say(fmt::format("check {}", text));
  add_step("check", now(), "", text);
  delay();
  if (passed) wait_at_barrier();
}

void LabTask::delay() {
  if (!settings_.delay_enabled || settings_.delay_ms == 0) return;
  const std::string time = fmt::format("{} ms", settings_.delay_ms);
  say(fmt::format("delay {}", time));
  publish_wait("delay", "", time);
  const Time begin = now();
  around_.pause.sleep(std::chrono::milliseconds{settings_.delay_ms});
  add_step("delay", begin, "", time);
}

void LabTask::wait_at_barrier() {
  const std::shared_ptr<Barrier> barrier = std::exchange(barrier_, nullptr);
  if (!barrier) return;
  const Time begin = now();
  const Barrier::Arrival arrival = barrier->arrive();
  const std::string position = fmt::format("{}/{}", arrival.position, barrier->count());
  if (arrival.position > 0) {
    say(fmt::format("barrier {}: arrived", position));
    publish_wait("barrier", "", position);
  }
  around_.metrics.add_waiting(1);
  const Barrier::End end = barrier->wait(arrival);
  around_.metrics.add_waiting(-1);
  if (end == Barrier::End::timed_out && arrival.position == 1) {
    around_.metrics.barrier_timed_out();
    around_.log.warn("the barrier did not fill in time: its waiting transfers continue");
  }
  std::string text = barrier_text(arrival, end, position);
  say(fmt::format("barrier {}", text));
  add_step("barrier", begin, "", std::move(text));
}

std::string LabTask::barrier_text(const Barrier::Arrival& arrival, Barrier::End end,
                                  const std::string& position) {
  if (arrival.position == 0) return "already released, by a reset or new settings";
  switch (end) {
    case Barrier::End::filled:
      return fmt::format("{}: released, all have arrived", position);
    case Barrier::End::released:
      return fmt::format("{}: released by a reset, new settings or the end of the lab", position);
    case Barrier::End::timed_out:
      break;
  }
  return fmt::format("{}: released, it did not fill in time", position);
}

void LabTask::say(std::string_view text) const {
  const std::string task = gate_ ? fmt::format(" task {}", task_ + 1) : "";
  around_.log.info(fmt::format("transfer {} thread {}{}: {}", id(), thread_id_, task, text));
}

/// Publishes that the transfer waits from now on, until its next step.
void LabTask::publish_wait(std::string_view operation, std::string_view object,
                           std::string_view text) const {
  around_.events.publish([&] {
    return TransferWaits{id(), std::string{operation}, std::string{object}, std::string{text}};
  });
}

std::chrono::nanoseconds LabTask::elapsed() const {
  return std::chrono::steady_clock::now() - steady_begin_;
}

LabTask::Time LabTask::now() const {
  return begin_ + std::chrono::duration_cast<Time::duration>(elapsed());
}

/// Adds a step to the trace and publishes it.
void LabTask::add_step(std::string name, Time begin, std::string_view object, std::string text) {
  around_.events.publish([&] { return StepDone{id(), name, std::string{object}, text}; });
  steps_.push_back({std::move(name), begin, now(), std::string{object}, std::move(text)});
}

}  // namespace http
