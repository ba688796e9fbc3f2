#pragma once

// The result of a search in words: its summary line, the reason why it ended, and warnings about
// anything that makes the result weaker than it looks.

#include <string>

#include <sim/diagnose/explanation.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>

namespace sim {

/// An execution as text: its outcome, the place of the failure, the state at the end and the
/// timeline. Ends with a line end.
std::string execution_text(const Recording& recording, const TimelineOptions& options = {});

/// Whether the message and the place of a failure say everything: a check failed although no steps
/// of different tasks conflict before it, no choice was made and nothing was marked.
bool needs_no_timeline(const Recording& recording, const Explanation& why);

/// A failed execution as text, with its cause: execution_text() and cause_text(), or only the
/// message and the place if these say everything. Ends with a line end.
std::string failure_text(const Recording& recording, const Explanation& why,
                         const TimelineOptions& options = {});

/// Whether each of the executions that `found` counts is a different trace, so that executions
/// count traces.
bool counts_traces(const Exploration& found, const SearchOptions& search);

/// Why an exploration ended, as a phrase that follows "complete: " or "not complete: ".
std::string why_it_ended(const Exploration& found, const SearchOptions& search);

/// One line, without a line end: the numbers of executions and of failures, whether the exploration
/// is complete, and why it ended.
std::string exploration_text(const Exploration& found, const SearchOptions& search);

/// What each part of the search did, in one line without a line end: "dpor 18 (complete), bounded
/// 9, …". Empty if the strategy has no parts.
std::string parts_text(const Exploration& found, const SearchOptions& search);

/// Why the search by traces took no part, in lines that end with a line end; empty if it did.
std::string unsupported_text(const Exploration& found);

// Warnings about a result, each in one or more lines that end with a line end.

/// The tasks never ran concurrently.
extern const char* const kNothingInterleaved;
/// An invariant names no objects, so a search by traces may miss states that break it.
extern const char* const kOpenInvariants;

/// What the verdict of a search without a failure does not cover, as the end of its sentence: ";
/// memory orders weaker than seq_cst were taken for seq_cst". Empty if there is nothing.
std::string not_modelled_text(const Exploration& found);
/// Executions were bounded by --timeouts or --spurious.
std::string bounded_text(const Exploration& found);
/// The program is not deterministic. `problem` is Exploration::problem.
std::string nondeterminism_text(const std::string& problem);

}  // namespace sim
