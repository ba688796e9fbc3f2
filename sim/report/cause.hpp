#pragma once

#include <span>
#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// "task 1 reads alice.balance", of a task named "1".
std::string action_text(const std::string& task, const std::string& operation,
                        const std::string& object);

/// "task 1 reads alice.balance (step 1) before task 2 deducts it (step 5)", or "before task 2 can"
/// of an operation that is waited for, or without its step of one that comes after the failure.
std::string order_text(const Recording& recording, const Ordering& order);

/// All of them, joined with "and". Empty where there are none.
std::string cause_sentence(const Recording& recording, std::span<const Ordering> necessary);

/// How sure that is: "Each of these orders is necessary: with it alone reversed …", or that there
/// is no such order; and how much was run to find out.
std::string cause_strength(const Explanation& why);

/// "FAILS BECAUSE", the pattern's name, the necessary orders, each on a line, and how much was run
/// to find them; or that no single order is necessary. Ends with a line end.
std::string cause_text(const Recording& recording, const Explanation& why,
                       const TimelineOptions& options = {});

}  // namespace sim
