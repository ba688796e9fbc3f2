#include <http/api/encode.hpp>

#include <array>
#include <cstddef>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/report/execution_json.hpp>
#include <sim/schedule/text_format.hpp>

namespace http {
namespace {

using Json = nlohmann::ordered_json;

/// Encodes on one line. Bytes that are not UTF-8 can come from the path of a request: they become
/// U+FFFD.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Exact: the shortest decimal text of this double has at most the two decimals of the amount.
double number(bank::Money money) {
  return static_cast<double>(money.cents) / 100;
}

Json json_of(const Lab::AccountView& account) {
  return {{"id", account.id}, {"balance", number(account.balance)}};
}

Json json_of(const std::vector<Lab::AccountView>& accounts) {
  Json list = Json::array();
  for (const auto& account : accounts) list.push_back(json_of(account));
  return list;
}

const char* status_of(const TransferRecord& record) {
  const bool success = record.result.status == bank::TransferStatus::success;
  return success ? "success" : "failed_insufficient_funds";
}

Json json_of(const TransferRecord& record) {
  const bank::TransferResult& result = record.result;
  return {{"id", record.id},
          {"timestamp", iso8601(record.begin)},
          {"from_account", record.order.from},
          {"to_account", record.order.to},
          {"amount", number(record.order.amount)},
          {"from_balance_before", number(result.from_before.amount)},
          {"from_balance_after", number(result.from_after.amount)},
          {"to_balance_before", number(result.to_before.amount)},
          {"to_balance_after", number(result.to_after.amount)},
          {"status", status_of(record)},
          {"thread_id", record.thread_id},
          {"duration_ms", std::chrono::duration<double, std::milli>(record.duration).count()}};
}

Json or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

const char* to_text(DriveState state) {
  constexpr std::array kTexts{"armed", "running", "done", "failed"};
  return kTexts.at(static_cast<std::size_t>(state));
}

const char* to_text(DrivenTask::State state) {
  constexpr std::array kTexts{"expected", "waiting", "moving", "ended", "cancelled"};
  return kTexts.at(static_cast<std::size_t>(state));
}

Json tasks_of(const DriveReport& report) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.tasks.size(); ++i) {
    const DrivenTask& task = report.tasks[i];
    const TransferOrder order = report.plan->order(i);
    const std::string at =
        task.operation.empty() ? "" : fmt::format("{} {}", task.operation, task.object);
    list.push_back({{"task", i + 1},
                    {"from_account", order.from},
                    {"to_account", order.to},
                    {"amount", number(order.amount)},
                    {"transfer", sim::text_or_null(task.transfer)},
                    {"thread_id", sim::text_or_null(task.thread_id)},
                    {"state", to_text(task.state)},
                    {"at", sim::text_or_null(at)}});
  }
  return list;
}

Json json_of(const Settings& settings, SettingsPart part) {
  const auto has = [part](SettingsPart other) {
    return part == SettingsPart::all || part == other;
  };
  Json json = Json::object();
  if (has(SettingsPart::delay)) {
    json["delay_enabled"] = settings.delay_enabled;
    json["delay_ms"] = settings.delay_ms;
  }
  if (has(SettingsPart::barrier)) {
    json["barrier_enabled"] = settings.barrier_enabled;
    json["barrier_count"] = settings.barrier_count;
  }
  if (has(SettingsPart::transactions)) json["use_transactions"] = settings.use_transactions();
  if (part == SettingsPart::all) json["algorithm"] = bank::to_string(settings.algorithm);
  if (has(SettingsPart::recording)) json["recording_enabled"] = settings.recording_enabled;
  return json;
}

Json json_of(const std::vector<NextOperation>& operations, bool with_holder) {
  Json list = Json::array();
  for (const NextOperation& next : operations) {
    Json json = {{"task", next.task}, {"operation", next.operation}, {"object", next.object}};
    if (with_holder) json["held_by"] = next.held_by ? Json(*next.held_by) : Json(nullptr);
    list.push_back(std::move(json));
  }
  return list;
}

Json steps_of(const DriveReport& report) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const DrivenStep& step = report.plan->steps[i];
    const DrivenResult& result = report.results[i];
    list.push_back({{"task", step.task + 1},
                    {"operation", step.operation},
                    {"object", step.object},
                    {"failed", step.failed},
                    {"value", or_null(step.value)},
                    {"done", result.done},
                    {"found", or_null(result.value)}});
  }
  return list;
}

Json waits_of(const DriveReport& report) {
  Json list = Json::array();
  for (const LockWait& wait : report.deadlock) {
    list.push_back({{"task", wait.task + 1},
                    {"lock", wait.lock},
                    {"held_by", wait.holder ? Json(*wait.holder + 1) : Json(nullptr)}});
  }
  return list;
}

Json json_of(const ScenarioView& scenario) {
  const bank::Workload& workload = scenario.workload;
  Json transfers = Json::array();
  for (const bank::Transfer& transfer : workload.transfers) {
    transfers.push_back({{"from_account", workload.accounts[transfer.from].id},
                         {"to_account", workload.accounts[transfer.to].id},
                         {"amount", number(transfer.amount)}});
  }
  return {{"name", scenario.name},
          {"summary", scenario.summary},
          {"fails", scenario.fails},
          {"algorithm", bank::to_string(workload.algorithm)},
          {"accounts", json_of(workload.accounts)},
          {"transfers", std::move(transfers)}};
}

/// A wait and a step have the same members.
template <class Event>
std::string progress_json(const Event& event) {
  return text_of({{"transfer", event.transfer},
                  {"operation", event.operation},
                  {"object", event.object},
                  {"text", event.text}});
}

}  // namespace

std::string iso8601(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

std::string aborted_json(std::string_view detail, std::string_view schedule) {
  return text_of({{"detail", detail}, {"schedule", schedule}});
}

std::string health_json(std::string_view service) {
  return text_of({{"status", "ok"}, {"service", service}});
}

std::string account_json(const Lab::AccountView& account) {
  return text_of(json_of(account));
}

std::string accounts_json(const std::vector<Lab::AccountView>& accounts) {
  return text_of({{"accounts", json_of(accounts)}});
}

std::string reset_json(const std::vector<Lab::AccountView>& accounts) {
  return text_of({{"status", "reset"}, {"accounts", json_of(accounts)}});
}

std::string drive_state_json(DriveState state) {
  return text_of({{"state", to_text(state)}});
}

std::string drive_json(const DriveReport& report) {
  return text_of({{"state", to_text(report.state)},
                  {"algorithm", bank::to_string(report.plan->workload.algorithm)},
                  {"expect", report.plan->expect},
                  {"tasks", tasks_of(report)},
                  {"steps", steps_of(report)},
                  {"accounts", json_of(report.accounts)},
                  {"expected_accounts", json_of(report.plan->balances)},
                  {"problem", sim::text_or_null(report.problem)},
                  {"deadlock", sim::text_or_null(to_string(report.deadlock))},
                  {"waits", waits_of(report)}});
}

std::string record_json(const TransferRecord& record) {
  return text_of(json_of(record));
}

std::string records_json(const std::vector<TransferRecord>& records) {
  Json list = Json::array();
  for (const auto& record : records) list.push_back(json_of(record));
  return text_of({{"transactions", std::move(list)}});
}

std::string settings_json(const Settings& settings, SettingsPart part) {
  return text_of(json_of(settings, part));
}

std::string scenarios_json(const std::vector<ScenarioView>& scenarios) {
  Json list = Json::array();
  for (const ScenarioView& scenario : scenarios) list.push_back(json_of(scenario));
  return text_of({{"scenarios", std::move(list)}});
}

std::string simulated_json(const Simulated& simulated) {
  Json json = sim::execution_json(simulated.shown);
  json["enabled"] = json_of(simulated.enabled, false);
  json["blocked"] = json_of(simulated.blocked, true);
  json["balances"] = json_of(simulated.balances);
  json["finished"] = simulated.finished;
  json["schedule"] = sim::format_schedule(simulated.shown.schedule);
  return text_of(json);
}

std::string explained_json(const Explained& explained) {
  Json json = {{"recorded", sim::execution_json(explained.recorded)},
               {"shrunk", nullptr},
               {"schedule", nullptr}};
  if (explained.shrunk) {
    json["shrunk"] = sim::execution_json(*explained.shrunk);
    json["schedule"] = sim::format_schedule(explained.shrunk->schedule);
  }
  return text_of(json);
}

std::string hello_json(const Settings& settings, const std::vector<Lab::AccountView>& accounts) {
  return text_of(
      {{"settings", json_of(settings, SettingsPart::all)}, {"accounts", json_of(accounts)}});
}

std::string began_json(const TransferBegan& event) {
  return text_of({{"transfer", event.transfer},
                  {"thread_id", event.thread_id},
                  {"task", event.task ? Json(*event.task) : Json(nullptr)},
                  {"from_account", event.order.from},
                  {"to_account", event.order.to},
                  {"amount", number(event.order.amount)},
                  {"algorithm", bank::to_string(event.algorithm)}});
}

std::string waits_json(const TransferWaits& event) {
  return progress_json(event);
}

std::string step_json(const StepDone& event) {
  return progress_json(event);
}

std::string ended_json(const TransferEnded& event) {
  const bool kept = event.detail.empty();
  Json json = {{"transfer", event.record.id},
               {"status", event.aborted ? "given_up" : status_of(event.record)},
               {"race", kept && event.record.hit_race()},
               {"record", kept ? json_of(event.record) : Json(nullptr)}};
  if (!kept) json["detail"] = event.detail;
  return text_of(json);
}

std::string race_json(const TransferRecord& record) {
  return text_of({{"transfer", record.id},
                  {"account", record.order.from},
                  {"balance", number(record.result.from_after.amount)}});
}

}  // namespace http
