#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <http/lab.hpp>
#include <http/message.hpp>
#include <http/record.hpp>
#include <http/settings.hpp>

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
std::string drive_json(const DriveReport& report);
std::string record_json(const TransferRecord& record);
std::string records_json(const std::vector<TransferRecord>& records);
std::string settings_json(const Settings& settings, SettingsPart part);
std::string welcome_json(std::string_view service);

}  // namespace http
