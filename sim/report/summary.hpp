#pragma once

#include <string>

#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>
#include <sim/search/explorer.hpp>
#include <sim/search/options.hpp>

namespace sim {

/// The outcome, where it happened, the state at the end and the timeline. Ends with a line end.
std::string execution_text(const Recording& recording, const TimelineOptions& options = {});

/// Whether each execution of a search is one of another trace.
bool counts_traces(const SearchOptions& search);

/// Why an exploration ended, in words that follow "complete: " or "not complete: ".
std::string why_it_ended(const Exploration& found, const SearchOptions& search);

/// One line, without its end: how many executions, how many of them failed, and how strong that is.
std::string exploration_text(const Exploration& found, const SearchOptions& search);

// What makes a result weaker than it looks, or none: a line or a few, each with its end.

extern const char* const kNothingInterleaved;
extern const char* const kOpenInvariants;
/// Of an exploration that met bounds.
std::string bounded_text(const Exploration& found);
/// `problem` is that of an exploration.
std::string nondeterminism_text(const std::string& problem);

}  // namespace sim
