#pragma once

#include <string>

#include <sim/diagnose/coverage.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// "task 1 reads alice.balance (step 1) before task 2 deducts it (step 5)", or "before task 2 can"
/// of an operation that is waited for, or without its step of one that comes after the failure.
std::string order_text(const Recording& recording, const Ordering& order);

/// The cause in one sentence: all necessary orders, joined with "and", or what makes two accesses a
/// data race. Empty if no order is necessary.
std::string cause_sentence(const Recording& recording, const Explanation& why);

/// "task 2 loads data before task 1 stores data".
std::string order_text(const ActionOrder& order);

/// How sure that is: "Each of these orders is necessary: with it alone reversed …", or that there
/// is no such order; and how much was run to find out.
std::string cause_strength(const Explanation& why);

/// "FAILS BECAUSE", the pattern's name, the necessary orders, each on a line, and how much was run
/// to find them; or that no single order is necessary. Ends with a line end.
std::string cause_text(const Recording& recording, const Explanation& why,
                       const TimelineOptions& options = {});

}  // namespace sim
