#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <http/lab.hpp>
#include <http/message.hpp>
#include <http/record.hpp>
#include <http/settings.hpp>
#include <http/simulator.hpp>

namespace http {

/// An error as all of the lab's errors are: JSON with a `detail`.
Response refusal(int status, std::string_view detail);

/// "2026-01-31T12:00:00.123Z".
std::string iso8601(std::chrono::system_clock::time_point time);

/// Which of the settings an answer has.
enum class SettingsPart { all, delay, barrier, transactions, recording };

/// Bodies of answers, as JSON.
std::string given_up_json(std::string_view detail, std::string_view schedule);
std::string health_json(std::string_view service);
std::string account_json(const Lab::AccountView& account);
std::string accounts_json(const std::vector<Lab::AccountView>& accounts);
std::string reset_json(const std::vector<Lab::AccountView>& accounts);
std::string drive_state_json(DriveState state);
std::string drive_json(const DriveReport& report);
std::string record_json(const TransferRecord& record);
std::string records_json(const std::vector<TransferRecord>& records);
std::string settings_json(const Settings& settings, SettingsPart part);
std::string scenarios_json(const std::vector<ScenarioView>& scenarios);
std::string simulated_json(const Simulated& simulated);
std::string explained_json(const Explained& explained);

/// Data of live events, as JSON.
std::string hello_json(const Settings& settings, const std::vector<Lab::AccountView>& accounts);
/// `task` is its number in a schedule, where it runs as a task of one.
std::string begin_json(const std::string& transfer, const std::string& thread_id,
                       std::optional<std::size_t> task, const TransferOrder& order,
                       bank::Algorithm algorithm);
/// Of a step, or of what a transfer waits for.
std::string progress_json(std::string_view transfer, std::string_view operation,
                          std::string_view object, std::string_view text);
/// `detail` says why the record is not in the log, where that is so; empty where it is.
std::string schedule_json(DriveState state);
std::string end_json(const TransferRecord& record, bool given_up, std::string_view detail);
std::string race_json(const TransferRecord& record);

}  // namespace http
