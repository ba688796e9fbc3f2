#include <tools/racelab/drive/driver.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace racelab {
namespace {

using nlohmann::ordered_json;

constexpr std::chrono::seconds kAnswerTime{10};
constexpr const char* kPath = "/admin/schedule";

double number(bank::Money money) {
  return static_cast<double>(money.cents) / 100;
}

std::string body_of(const http::TransferOrder& order) {
  return ordered_json({{"from_account", order.from},
                       {"to_account", order.to},
                       {"amount", number(order.amount)}})
      .dump();
}

/// A step of a report. `value` names the member with its value: "value" for the expected one,
/// "found" for the one that the server found.
http::DrivenStep step_of(const ordered_json& json, const char* value) {
  http::DrivenStep step{json.at("task").get<std::size_t>() - 1, json.at("operation"),
                        json.at("object"), json.at("failed"), std::nullopt};
  if (json.at(value).is_string()) step.value = json.at(value).get<std::string>();
  return step;
}

/// The tasks of a report that wait for locks at its end.
std::vector<http::LockWait> waits_of(const ordered_json& report) {
  std::vector<http::LockWait> waits;
  for (const ordered_json& json : report.at("waits")) {
    http::LockWait wait{json.at("task").get<std::size_t>() - 1, json.at("lock"), std::nullopt};
    const ordered_json& holder = json.at("held_by");
    if (!holder.is_null()) wait.holder = holder.get<std::size_t>() - 1;
    waits.push_back(std::move(wait));
  }
  return waits;
}

std::string balances_text(const std::vector<bank::AccountStart>& accounts) {
  std::string text;
  for (const auto& account : accounts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", account.id, account.balance);
  }
  return text;
}

bool same_balances(const std::vector<bank::AccountStart>& expected, const ordered_json& found) {
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (found[i].at("id") != expected[i].id) return false;
    if (found[i].at("balance") != number(expected[i].balance)) return false;
  }
  return true;
}

/// The first step with a different result, in one line; empty if all agree.
std::string different_step(const http::DrivePlan& plan, const ordered_json& report) {
  const ordered_json& steps = report.at("steps");
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const http::DrivenStep& expected = plan.steps[i];
    if (i >= steps.size() || step_of(steps[i], "value") != expected) {
      return fmt::format(
          "step {}: this simulator expects {} by task {}, the server does not; use the same "
          "version",
          i + 1, to_string(expected), expected.task + 1);
    }
    if (!steps[i].at("done").get<bool>()) return {};
    const http::DrivenStep found = step_of(steps[i], "found");
    if (expected.value && found.value != expected.value) {
      return fmt::format("step {}: the simulator found {}, the server {}", i + 1,
                         to_string(expected), to_string(found));
    }
  }
  return {};
}

/// The body of an answer; null if it is not valid JSON.
ordered_json json_of(const http::Answer& answer) {
  ordered_json json = ordered_json::parse(answer.body, nullptr, false);
  return json.is_discarded() ? ordered_json(nullptr) : json;
}

/// Whether two reports have the same expected steps, however many of them are done.
bool same_steps(const ordered_json& a, const ordered_json& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (step_of(a[i], "value") != step_of(b[i], "value")) return false;
  }
  return true;
}

/// Whether the report belongs to a schedule that another client has sent after `armed`: its steps
/// or transfers differ, or it is unfinished although all transfers of this driver were answered.
bool is_of_others(const Driven& driven, const ordered_json& armed) {
  if (!same_steps(armed.at("steps"), driven.report.at("steps"))) return true;
  const ordered_json& tasks = driven.report.at("tasks");
  bool all_known = true;
  for (std::size_t task = 0; task < driven.answers.size(); ++task) {
    const http::Answer& answer = driven.answers[task];
    all_known = all_known && (answer.status == 200 || answer.status == 409);
    const ordered_json record = json_of(answer);
    if (answer.status != 200 || !record.is_object() || !record.contains("id")) continue;
    if (task >= tasks.size() || tasks[task].at("transfer") != record["id"]) return true;
  }
  const ordered_json& state = driven.report.at("state");
  return all_known && (state == "armed" || state == "running");
}

/// Why the server did not complete the steps.
std::string why_incomplete(const Driven& driven) {
  const ordered_json& problem = driven.report.at("problem");
  if (problem.is_string()) return problem.get<std::string>();
  for (const http::Answer& answer : driven.answers) {
    if (answer.status != 200) return "a transfer: " + http::problem_of(answer);
  }
  return "the schedule has not ended";
}

void judge(Driven& driven, const http::DrivePlan& plan) {
  driven.problem = difference(plan, driven.report);
  if (!driven.problem.empty()) {
    driven.verdict = Driven::Verdict::differ;
  } else if (driven.report.at("state") == "done") {
    driven.verdict = Driven::Verdict::agree;
  } else {
    driven.verdict = Driven::Verdict::incomplete;
    driven.problem = why_incomplete(driven);
  }
}

/// Why a lab refused a schedule.
std::string refusal(const http::Answer& answer) {
  const std::string problem = http::problem_of(answer);
  if (answer.status == 404) return problem + "; is a racelab lab running there?";
  if (answer.status == 401) return problem + "; give it with --token or LAB_ADMIN_TOKEN";
  return problem;
}

}  // namespace

std::string to_string(Driven::Verdict verdict) {
  switch (verdict) {
    case Driven::Verdict::agree:
      return "agree";
    case Driven::Verdict::differ:
      return "differ";
    case Driven::Verdict::incomplete:
      return "incomplete";
    case Driven::Verdict::interrupted:
      return "interrupted";
    case Driven::Verdict::not_run:
      break;
  }
  return "not run";
}

std::string difference(const http::DrivePlan& plan, const ordered_json& report) {
  if (std::string step = different_step(plan, report); !step.empty()) return step;
  const bool done = report.at("state") == "done";
  if (!done) return {};
  if (!same_balances(plan.balances, report.at("accounts"))) {
    return fmt::format("the balances at the end: the simulator has {}, the server {}",
                       balances_text(plan.balances), report.at("accounts").dump());
  }
  const std::vector<http::LockWait> waits = waits_of(report);
  if (waits.empty() == plan.deadlocks()) {
    return fmt::format("the end: {} only on the server",
                       waits.empty() ? "all transfers have ended" : "a deadlock");
  }
  if (plan.deadlock.empty() || waits == plan.deadlock) return {};
  return fmt::format("the deadlock: in the simulator {}, on the server {}",
                     to_string(plan.deadlock), to_string(waits));
}

/// A thread and a connection for each task, made when they are first needed.
struct Driver::Senders {
  struct Sender {
    explicit Sender(const DriverOptions& options)
        : client(options.base, kAnswerTime + 10 * options.timeout) {}
    http::Client client;
    std::thread thread;
    std::string body;
    http::Answer answer;
    bool busy = false;
  };

  explicit Senders(const DriverOptions& o) : options(o) {}
  Senders(const Senders&) = delete;
  Senders& operator=(const Senders&) = delete;
  ~Senders() {
    {
      const std::lock_guard lock{mutex};
      stopping = true;
      changed.notify_all();
    }
    for (auto& sender : all) sender->thread.join();
  }

  void work(Sender& self, std::size_t task) {
    std::unique_lock lock{mutex};
    for (;;) {
      changed.wait(lock, [&] { return stopping || self.busy; });
      if (!self.busy) return;
      const std::string body = self.body;
      lock.unlock();
      http::Answer answer = self.client.post("/transfer", body, "application/json",
                                             {{"X-Racelab-Task", fmt::format("{}", task + 1)}});
      lock.lock();
      self.answer = std::move(answer);
      self.busy = false;
      --busy;
      changed.notify_all();
    }
  }

  const DriverOptions& options;
  std::mutex mutex;  ///< guards everything below except the clients
  std::condition_variable changed;
  std::vector<std::unique_ptr<Sender>> all;
  std::size_t busy = 0;
  bool stopping = false;
};

Driver::Driver(DriverOptions options)
    : options_(std::move(options)),
      control_(options_.base, kAnswerTime),
      senders_(std::make_unique<Senders>(options_)) {}

Driver::~Driver() = default;

http::Answer Driver::arm(const std::string& schedule) {
  return control_.post(fmt::format("{}?timeout_ms={}", kPath, options_.timeout.count()), schedule,
                       "text/plain", http::authorization(options_.token));
}

std::vector<http::Answer> Driver::send(const http::DrivePlan& plan) {
  constexpr std::chrono::milliseconds kLook{50};
  Senders& senders = *senders_;
  const std::size_t tasks = plan.workload.transfers.size();
  std::unique_lock lock{senders.mutex};
  while (senders.all.size() < tasks) {
    auto& sender = *senders.all.emplace_back(std::make_unique<Senders::Sender>(options_));
    sender.thread = std::thread{
        [&senders, &sender, task = senders.all.size() - 1] { senders.work(sender, task); }};
  }
  for (std::size_t task = 0; task < tasks; ++task) {
    senders.all[task]->body = body_of(plan.order(task));
    senders.all[task]->busy = true;
  }
  senders.busy = tasks;
  senders.changed.notify_all();
  bool told = false;
  while (!senders.changed.wait_for(lock, kLook, [&] { return senders.busy == 0; })) {
    if (told || options_.interrupt == nullptr || !*options_.interrupt) continue;
    told = true;
    lock.unlock();
    control_.post("/reset", "", "application/json", http::authorization(options_.token));
    lock.lock();
  }
  std::vector<http::Answer> answers;
  for (std::size_t task = 0; task < tasks; ++task) answers.push_back(senders.all[task]->answer);
  return answers;
}

Driven Driver::drive(const std::string& schedule, const http::DrivePlan& plan) {
  Driven driven;
  const http::Answer armed = arm(schedule);
  if (armed.status != 200) {
    driven.problem = fmt::format("{}{}: {}", options_.base, kPath, refusal(armed));
    if (armed.status == 0) driven.problem += "; `racelab serve` starts a lab";
    return driven;
  }
  driven.answers = send(plan);
  const http::Answer told = control_.get(kPath, http::authorization(options_.token));
  if (options_.interrupt != nullptr && *options_.interrupt) {
    driven.verdict = Driven::Verdict::interrupted;
    driven.problem = "interrupted";
    return driven;
  }
  if (told.status != 200) {
    driven.problem = fmt::format("{}{}: {}", options_.base, kPath, refusal(told));
    return driven;
  }
  driven.report = json_of(told);
  try {
    if (is_of_others(driven, json_of(armed))) {
      driven.problem =
          fmt::format("{}{}: another client sent a schedule before this report was read; try again",
                      options_.base, kPath);
      return driven;
    }
    judge(driven, plan);
  } catch (const nlohmann::json::exception& error) {
    driven.verdict = Driven::Verdict::not_run;
    driven.problem = fmt::format("{}{}: expected the report of a schedule: {}", options_.base,
                                 kPath, error.what());
  }
  return driven;
}

}  // namespace racelab
