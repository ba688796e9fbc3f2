#pragma once

// JSON of an execution. Each fact of it (an event, the outcome, the cause, where a replay diverged)
// becomes JSON here and nowhere else, for `racelab show --json` and `--html`, `replay --json`,
// `explore --json` and the lab's simulator. docs/show.md documents the members.

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include <sim/report/shown_execution.hpp>

namespace sim {

/// How much of a fact an output contains.
enum class JsonForm {
  complete,  ///< everything that a timeline shows; an empty text is null
  brief,     ///< what is read without a timeline: tasks by name, orders as sentences
};

/// The complete execution as one JSON object.
[[nodiscard]] nlohmann::ordered_json execution_json(const ShownExecution& shown);

/// The outcome of `recording`.
[[nodiscard]] nlohmann::ordered_json outcome_json(const Recording& recording, JsonForm form);
/// The steps, choices and marks of `recording`, as an array in their order.
[[nodiscard]] nlohmann::ordered_json events_json(const Recording& recording, JsonForm form);
/// Why `recording` failed. `why` must explain this recording.
[[nodiscard]] nlohmann::ordered_json cause_json(const Recording& recording, const Explanation& why,
                                                JsonForm form);
/// Where a replay diverged from its schedule; null if it did not.
[[nodiscard]] nlohmann::ordered_json divergence_json(const std::optional<Divergence>& divergence);
/// The outcome that a schedule expects; null if it names none.
[[nodiscard]] nlohmann::ordered_json expected_json(const Schedule& schedule);

/// `text`; null if it is empty.
[[nodiscard]] nlohmann::ordered_json text_or_null(std::string_view text);

}  // namespace sim
