#pragma once

// Functions that all exports of an execution use: logical times, step numbers and texts of events.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// The duration of a step in formats that need times. An execution itself has only an order.
inline constexpr std::chrono::nanoseconds kLogicalStep = std::chrono::milliseconds{1};
/// The time from the beginning of a step to its effect. Marks and choices after the step come
/// later.
inline constexpr std::chrono::nanoseconds kLogicalEffect = kLogicalStep / 2;
/// Explains logical times to the reader of an export.
inline constexpr const char* kLogicalTime =
    "logical: step N begins at N ms and takes 1 ms; marks come after the step they follow";

/// The start of each event, counted from the start of the execution.
[[nodiscard]] std::vector<std::chrono::nanoseconds> logical_times(const sim::Recording& recording);

/// The end of the last step.
[[nodiscard]] std::chrono::nanoseconds logical_end(const sim::Recording& recording);

/// The step number of each event, from 1. A mark or choice has the number of the step before it.
[[nodiscard]] std::vector<std::size_t> step_numbers(const sim::Recording& recording);

/// The event in words: "read alice.balance" for a step, "check 1000.00 >= 800.00? yes" for a mark.
[[nodiscard]] std::string event_words(const sim::RecordedEvent& event);

/// The name of the scenario, or the file of the schedule if it has no scenario.
[[nodiscard]] std::string execution_name(const sim::ShownExecution& shown);

/// `text` as a number; empty if it is anything else.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

}  // namespace racelab
