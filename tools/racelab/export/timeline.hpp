#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/report/shown_execution.hpp>

namespace racelab {

/// How long a step takes in exports whose formats have times. An execution has an order only.
inline constexpr std::chrono::nanoseconds kLogicalStep = std::chrono::milliseconds{1};
/// When, in its time, a step does what it does. Marks and choices that follow it come after that.
inline constexpr std::chrono::nanoseconds kLogicalEffect = kLogicalStep / 2;
/// What these times are, for who looks at them.
inline constexpr const char* kLogicalTime =
    "logical: step N begins at N ms and takes 1 ms; marks stand behind the step they follow";

/// The begin of each event, from the begin of the execution on.
[[nodiscard]] std::vector<std::chrono::nanoseconds> logical_times(const sim::Recording& recording);

/// The end of the last step.
[[nodiscard]] std::chrono::nanoseconds logical_end(const sim::Recording& recording);

/// The number of each event's step, from 1; of a mark or choice that of the step before it.
[[nodiscard]] std::vector<std::size_t> step_numbers(const sim::Recording& recording);

/// "read alice.balance", or "check 1000.00 >= 800.00? yes" of a mark.
[[nodiscard]] std::string event_words(const sim::RecordedEvent& event);

/// The scenario's name or, without one, the schedule's file.
[[nodiscard]] std::string execution_name(const sim::ShownExecution& shown);

/// The number that `text` is from its first to its last character; empty where it is none.
[[nodiscard]] std::optional<double> number_in(std::string_view text);

}  // namespace racelab
