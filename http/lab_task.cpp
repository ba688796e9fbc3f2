#include <http/lab_task.hpp>

#include <exception>
#include <utility>

#include <fmt/format.h>

#include <bank/transfer.hpp>
#include <http/encode.hpp>

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
    waits("gate", object, word);
    gate_->before_step(task_, word, object);
  }
  if (word == std::string_view{bank::words::kLock}) {
    // In front of the locks: who holds a lock while it waits for others would keep them away.
    meet_barrier();
    waits(word, object, "");
  }
  // What unlocks while it is unwound was given up.
  if (recorded_ && std::uncaught_exceptions() > 0) recorded_->give_up();
  step_begin_ = now();
}

void LabTask::after_step(const char* word, std::string_view object, const bank::Balance& value,
                         const sim::StepPlace& place) {
  record_step(word, object, place, value.amount);
  // The one step that may change nothing although it wants to.
  const bool failed = !place.changed && word == std::string_view{bank::words::kCommit};
  std::string text = fmt::format("{}{}", failed ? "failed = " : "", value);
  say(fmt::format("{} {} {}{}", word, object, failed ? "" : "= ", text));
  ended(word, step_begin_, object, std::move(text));
  made(failed, fmt::format("{}", value));
}

void LabTask::after_step(const char* word, std::string_view object, bool held,
                         const sim::StepPlace& place) {
  record_step(word, object, place, std::nullopt);
  say(fmt::format("{} {}", word, object));
  ended(word, step_begin_, object, held ? "held" : "free");
  made(false, {});
}

/// The last thing in a step: the next one is let go, and log lines come in the order of the steps.
void LabTask::made(bool failed, std::optional<std::string> value) {
  if (gate_) gate_->after_step(task_, {true, failed, std::move(value)});
}

void LabTask::record_step(const char* word, std::string_view object, const sim::StepPlace& place,
                          std::optional<bank::Money> balance) {
  if (!recorded_) return;
  // Of its two accounts; which object of the account it is, the value says. Their names may begin
  // alike: "a.b.balance" is none of "a".
  const bool on_source = object.substr(0, object.rfind('.')) == order().from;
  recorded_->add({word, on_source ? transfer_.from : transfer_.to, !balance.has_value(), place,
                  balance.value_or(bank::Money{})});
}

void LabTask::checked(bool passed, const std::string& text) {
  delay();
  say(fmt::format("check {}", text));
  ended("check", now(), "", text);
  delay();
  if (passed) meet_barrier();
}

void LabTask::delay() {
  if (!settings_.delay_enabled || settings_.delay_ms == 0) return;
  const std::string time = fmt::format("{} ms", settings_.delay_ms);
  say(fmt::format("delay {}", time));
  waits("delay", "", time);
  const Time begin = now();
  around_.pause.sleep(std::chrono::milliseconds{settings_.delay_ms});
  ended("delay", begin, "", time);
}

void LabTask::meet_barrier() {
  const std::shared_ptr<Barrier> barrier = std::exchange(barrier_, nullptr);
  if (!barrier) return;
  const Time begin = now();
  const Barrier::Arrival arrival = barrier->arrive();
  const std::string place = fmt::format("{}/{}", arrival.position, barrier->count());
  if (arrival.position > 0) {
    say(fmt::format("barrier {}: arrived", place));
    waits("barrier", "", place);
  }
  around_.metrics.add_waiting(1);
  const Barrier::End end = barrier->wait(arrival);
  around_.metrics.add_waiting(-1);
  std::string text;
  if (arrival.position == 0) {
    text = "not waited for: reset or configured anew meanwhile";
  } else if (end == Barrier::End::filled) {
    text = fmt::format("{}: released, all have come", place);
  } else if (end == Barrier::End::released) {
    text = fmt::format("{}: released by a reset, new settings or the end of the lab", place);
  } else {
    text = fmt::format("{}: released, it did not fill in time", place);
    if (arrival.position == 1) {
      around_.metrics.barrier_timed_out();
      around_.log.warn("the barrier did not fill in time: whoever waited goes on");
    }
  }
  say(fmt::format("barrier {}", text));
  ended("barrier", begin, "", std::move(text));
}

void LabTask::say(std::string_view text) const {
  const std::string task = gate_ ? fmt::format(" task {}", task_ + 1) : "";
  around_.log.info(fmt::format("transfer {} thread {}{}: {}", id(), thread_id_, task, text));
}

void LabTask::waits(std::string_view operation, std::string_view object,
                    std::string_view text) const {
  around_.events.tell("waits", [&] { return progress_json(id(), operation, object, text); });
}

std::chrono::nanoseconds LabTask::elapsed() const {
  return std::chrono::steady_clock::now() - steady_begin_;
}

LabTask::Time LabTask::now() const {
  return begin_ + std::chrono::duration_cast<Time::duration>(elapsed());
}

void LabTask::ended(std::string name, Time begin, std::string_view object, std::string text) {
  around_.events.tell("step", [&] { return progress_json(id(), name, object, text); });
  steps_.push_back({std::move(name), begin, now(), std::string{object}, std::move(text)});
}

}  // namespace http
