#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

struct TimelineOptions {
  std::size_t width = 100;                ///< characters a line may have
  std::optional<std::size_t> events_max;  ///< of more those in the middle are left out, and counted
  bool colours = false;                   ///< with a terminal's escape sequences
  std::span<const Ordering> necessary{};  ///< the orders that order_mark() marks
};

/// An execution as text: a column for each task, a line for each event, time downwards, "~" where a
/// task was left that could have gone on, what tasks wait for at the end, and the outcome where it
/// happened. Where the columns do not fit, one column in which each line names its task. Ends with
/// a line end.
std::string timeline(const Recording& recording, const TimelineOptions& options = {});

/// "a" for the first of some orders: "[a>]" stands at the step that comes first, "[>a]" at the
/// other.
std::string order_mark(std::size_t number);

/// " [a>] [>b]" of an event that comes first in order a and second in order b; mostly empty.
std::string order_marks(std::size_t event, std::span<const Ordering> necessary);

/// Of Recording::waiting: "waits to lock fork[1]", or "store data" of an operation that comes after
/// the failure.
std::string waiting_text(const Recording& recording, const RecordedEvent& waiting);
/// What is to be said of all of them: "for ever" or "too late".
std::string waiting_remark(const Recording& recording);

}  // namespace sim
