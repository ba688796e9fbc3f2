#pragma once

// An execution as a table in text: a column for each task and a line for each event. `racelab show`
// prints it, and the failure messages of the test frameworks contain it.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// How a timeline is laid out.
struct TimelineOptions {
  std::size_t width = 100;                ///< the longest line, in characters
  std::optional<std::size_t> events_max;  ///< if there are more, events in the middle are left out
  bool colours = false;                   ///< with escape sequences for a terminal
  std::span<const Ordering> necessary{};  ///< orders to mark, see order_mark()
};

/// The timeline of an execution. Time runs downwards; "~" marks a preemption; the last lines are
/// the operations for which tasks still wait. If the columns do not fit the width, there is one
/// column in which each line names its task. Ends with a line end.
std::string timeline(const Recording& recording, const TimelineOptions& options = {});

/// The number of lines that timeline() would have for events if it left none out.
std::size_t timeline_lines(const Recording& recording, const TimelineOptions& options = {});

/// The letter of an order: "a" for number 0. In a timeline, "[a>]" marks the first step of the
/// order and "[>a]" the second.
std::string order_mark(std::size_t number);

/// The marks of an event: " [a>] [>b]" if it is the first of order a and the second of order b.
/// Empty for most events.
std::string order_marks(std::size_t event, std::span<const Ordering> necessary);

/// An event of Recording::waiting in words: "waits to lock fork[1]" in a deadlock, and otherwise
/// "store data", because the operation would only have come after the failure.
std::string waiting_text(const Recording& recording, const RecordedEvent& waiting);
/// The remark about all events of Recording::waiting: "forever" in a deadlock, otherwise "too
/// late".
std::string waiting_remark(const Recording& recording);

}  // namespace sim
