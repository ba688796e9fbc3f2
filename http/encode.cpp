#include <http/encode.hpp>

#include <array>
#include <cstddef>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace http {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes that are no UTF-8 may come from a request's path: they are shown as the replacement
/// character.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Exact: the shortest decimal that reads back as the nearest double has the two decimals.
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

Json json_of(const TransferRecord& record) {
  const bank::TransferResult& result = record.result;
  const bool success = result.status == bank::TransferStatus::success;
  return {{"id", record.id},
          {"timestamp", iso8601(record.begin)},
          {"from_account", record.order.from},
          {"to_account", record.order.to},
          {"amount", number(record.order.amount)},
          {"from_balance_before", number(result.from_before.amount)},
          {"from_balance_after", number(result.from_after.amount)},
          {"to_balance_before", number(result.to_before.amount)},
          {"to_balance_after", number(result.to_after.amount)},
          {"status", success ? "success" : "failed_insufficient_funds"},
          {"thread_id", record.thread_id},
          {"duration_ms", std::chrono::duration<double, std::milli>(record.duration).count()}};
}

/// Null for an empty text.
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
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
                    {"transfer", text_or_null(task.transfer)},
                    {"thread_id", text_or_null(task.thread_id)},
                    {"state", to_text(task.state)},
                    {"at", text_or_null(at)}});
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

}  // namespace

Response refusal(int status, std::string_view detail) {
  return {status, text_of({{"detail", detail}}), "application/json", {}};
}

std::string iso8601(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

std::string given_up_json(std::string_view detail, std::string_view schedule) {
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

std::string drive_json(const DriveReport& report) {
  return text_of({{"state", to_text(report.state)},
                  {"algorithm", bank::to_string(report.plan->workload.algorithm)},
                  {"expect", report.plan->expect},
                  {"tasks", tasks_of(report)},
                  {"steps", steps_of(report)},
                  {"accounts", json_of(report.accounts)},
                  {"expected_accounts", json_of(report.plan->balances)},
                  {"problem", text_or_null(report.problem)},
                  {"deadlock", text_or_null(report.deadlock)}});
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
  return text_of(json);
}

std::string welcome_json(std::string_view service) {
  return text_of({{"service", service},
                  {"description", "Race conditions lab: a bank whose transfers double-spend"},
                  {"links",
                   {{"docs", "/docs"},
                    {"openapi", "/openapi.json"},
                    {"health", "/health"},
                    {"metrics", "/metrics"},
                    {"accounts", "/accounts"},
                    {"transactions", "/transactions"},
                    {"settings", "/admin/settings"}}}});
}

}  // namespace http
