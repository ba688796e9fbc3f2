#pragma once

// The cause of a failure in words: the sentences that `racelab` prints for an Explanation
// (sim/diagnose/explain.hpp) and for the orders in it and in a Coverage.

#include <string>

#include <sim/diagnose/coverage.hpp>
#include <sim/diagnose/explanation.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// An order in words, as in "task 1 reads alice.balance (step 1) before task 2 deducts it (step
/// 5)". Ends with "before task 2 can" if the second operation still waits, and has no second step
/// number if that operation comes after the failure.
std::string order_text(const Recording& recording, const Ordering& order);

/// The cause in one sentence: all necessary orders, joined with "and", or what makes two accesses a
/// data race. Empty if no order is necessary.
std::string cause_sentence(const Recording& recording, const Explanation& why);

/// An order of a Coverage in words, as in "task 2 loads data before task 1 stores data".
std::string order_text(const ActionOrder& order);

/// How certain the cause is, in one sentence: "Each of these orders is necessary: …", or that no
/// order is; with the number of executions run to find out.
std::string cause_strength(const Explanation& why);

/// The explanation as a block of text: "FAILS BECAUSE" with the pattern's name, a line for each
/// necessary order, and cause_strength(); or "NO SINGLE CAUSE". Ends with a line end.
std::string cause_text(const Recording& recording, const Explanation& why,
                       const TimelineOptions& options = {});

}  // namespace sim
