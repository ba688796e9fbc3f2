#pragma once
// JSON of the lab's HTTP interface: the bodies of responses and the data of live events. All JSON
// of the interface is made here, from values of the rooms below. openapi.json describes the
// members.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <http/api/simulator.hpp>
#include <http/lab/lab.hpp>
#include <http/lab/live_events.hpp>
#include <http/lab/record.hpp>
#include <http/lab/settings.hpp>

namespace http {

/// Returns the time in UTC, as in "2026-01-31T12:00:00.123Z".
std::string iso8601(std::chrono::system_clock::time_point time);

/// Selects the settings that a response contains.
enum class SettingsPart { all, delay, barrier, transactions, recording };

// Bodies of responses.
std::string aborted_json(std::string_view detail, std::string_view schedule);
std::string health_json(std::string_view service);
std::string account_json(const Lab::AccountView& account);
std::string accounts_json(const std::vector<Lab::AccountView>& accounts);
std::string reset_json(const std::vector<Lab::AccountView>& accounts);
std::string drive_json(const DriveReport& report);
std::string record_json(const TransferRecord& record);
std::string records_json(const std::vector<TransferRecord>& records);
std::string settings_json(const Settings& settings, SettingsPart part);
std::string scenarios_json(const std::vector<ScenarioView>& scenarios);
std::string simulated_json(const Simulated& simulated);
std::string explained_json(const Explained& explained);

// Data of live events.
std::string hello_json(const Settings& settings, const std::vector<Lab::AccountView>& accounts);
std::string drive_state_json(DriveState state);
std::string began_json(const TransferBegan& event);
std::string waits_json(const TransferWaits& event);
std::string step_json(const StepDone& event);
std::string ended_json(const TransferEnded& event);
std::string race_json(const TransferRecord& record);

}  // namespace http
