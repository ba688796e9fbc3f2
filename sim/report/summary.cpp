#include <sim/report/summary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include <sim/base/printable.hpp>
#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>

namespace sim {

const char* const kNothingInterleaved =
    "NOTHING INTERLEAVED  at no point could more than one task continue, so passing\n"
    "means nothing. Are the tasks joined before the next one starts? Is what they share\n"
    "made of sim:: types?\n";

const char* const kOpenInvariants =
    "An invariant names no objects: it was checked only in the states that were visited,\n"
    "and a search by traces does not visit all. Name what it reads, or use exhaustive.\n";

std::string bounded_text(const Exploration& found) {
  return fmt::format(
      "BOUNDED  in {} execution{} a task had used up its time-outs or spurious failures, and "
      "could\n"
      "have had another. Ask for more with --timeouts or --spurious.\n",
      with_commas(found.bounded), found.bounded == 1 ? "" : "s");
}

std::string nondeterminism_text(const std::string& problem) {
  return fmt::format(
      "NOT DETERMINISTIC  {}\n"
      "A schedule means nothing for such a program: look for clocks, random numbers,\n"
      "addresses as keys, threads of its own, or state kept from one execution to the next,\n"
      "such as a static variable that its first use initializes.\n",
      escaped(problem));
}

namespace {

/// Where the object of a use after destruction was destroyed and made, as far as that is known.
std::string places_text(const UseAfterDestruction& use) {
  std::string text;
  const auto add = [&](std::string_view what, const SourceLine& where) {
    if (!where.file.empty()) text += fmt::format("        {} at {}\n", what, to_string(where));
  };
  add("destroyed", use.destroyed_at());
  add("made", use.made_at);
  return text;
}

/// The outcome, the place of the failure and the state at the end.
std::string outcome_text(const Recording& recording, const TimelineOptions& options) {
  const Outcome& outcome = recording.outcome;
  const auto heading = [&](std::string_view word, std::string_view code) {
    return options.colours ? fmt::format("\033[1;{}m{}\033[0m", code, word) : std::string{word};
  };
  std::string text = heading("PASSED", "32") + "\n";
  if (outcome.failed()) {
    std::string clauses;
    for (const std::string& clause : outcome.clauses()) {
      clauses += (clauses.empty() ? "" : ";\n        ") + escaped(clause);
    }
    text = fmt::format("{}  {}\n", heading("FAILED", "31"), clauses);
  }
  if (!outcome.place().empty()) text += fmt::format("        at {}\n", outcome.place());
  if (const auto* const use = outcome.as<UseAfterDestruction>()) text += places_text(*use);
  for (const std::string& state : recording.state)
    text += fmt::format("        {}\n", escaped(state));
  return text;
}

}  // namespace

std::string execution_text(const Recording& recording, const TimelineOptions& options) {
  return outcome_text(recording, options) + "\n" + timeline(recording, options);
}

bool needs_no_timeline(const Recording& recording, const Explanation& why) {
  if (!why.conflict_free() || why.pattern != FailurePattern::unknown) return false;
  if (recording.outcome.kind != OutcomeKind::assertion &&
      recording.outcome.kind != OutcomeKind::uncaught_exception) {
    return false;
  }
  const auto& events = recording.events;
  return std::all_of(events.begin(), events.end(), [](const auto& e) { return e.is_step(); });
}

std::string failure_text(const Recording& recording, const Explanation& why,
                         const TimelineOptions& options) {
  if (needs_no_timeline(recording, why)) return outcome_text(recording, options);
  const std::string cause = cause_text(recording, why, options);
  return execution_text(recording, options) + (cause.empty() ? "" : "\n" + cause);
}

bool counts_traces(const Exploration& found, const SearchOptions& search) {
  return found.counts_traces() || strategy_info(search.strategy).capabilities.counts_traces;
}

std::string parts_text(const Exploration& found, const SearchOptions& search) {
  std::string text;
  for (std::size_t i = 0; i < found.parts.size(); ++i) {
    const Exploration& part = found.parts[i];
    if (part.executions == 0) continue;
    const SearchOptions options = part_options(search, static_cast<std::uint32_t>(i));
    text += fmt::format(
        "{}{}{} {}", text.empty() ? "" : ", ", options.strategy,
        options.strategy == "pct" ? fmt::format(" of depth {}", options.pct_depth) : std::string{},
        with_commas(part.executions));
    if (part.complete) text += " (complete)";
    if (part.failures > 0) text += fmt::format(" ({} failed)", with_commas(part.failures));
  }
  return text;
}

std::string unsupported_text(const Exploration& found) {
  if (found.unsupported.empty()) return {};
  return fmt::format("dpor cannot explore it: {}.\nexhaustive took its place{}\n",
                     found.unsupported,
                     found.complete ? "." : ", and has not run every interleaving.");
}

std::string why_it_ended(const Exploration& found, const SearchOptions& search) {
  switch (found.reason) {
    case StopReason::exhausted:
      if (found.bounded > 0) return "nothing is left within --timeouts and --spurious";
      return "nothing is left to explore";
    case StopReason::limit:
      if (search.strategy != "bounded") return "the budget of executions is spent";
      return fmt::format("nothing is left with at most {} preemptions",
                         search.preemptions.value_or(0));
    case StopReason::failure:
      return "stopped at the first failure";
    case StopReason::executions:
      return "the budget of executions is spent";
    case StopReason::time:
      return "the budget of time is spent";
    case StopReason::interrupted:
      return "interrupted";
    case StopReason::lost:
      return "a process was lost";
    case StopReason::unsupported:
      return "the strategy cannot explore this program";
    case StopReason::nondeterminism:
      break;
  }
  return "the program is not deterministic";
}

std::string exploration_text(const Exploration& found, const SearchOptions& search) {
  std::string text = fmt::format("{} execution{}", with_commas(found.executions),
                                 found.executions == 1 ? "" : "s");
  if (counts_traces(found, search)) text += ", each a different trace";
  text += fmt::format(", {} failed", with_commas(found.failures));
  if (found.groups.size() > 1) text += fmt::format(" in {} ways", found.groups.size());
  return text + fmt::format("; {}: {}{}", found.complete ? "complete" : "not complete",
                            why_it_ended(found, search), not_modelled_text(found));
}

std::string not_modelled_text(const Exploration& found) {
  if (found.failures > 0) return {};
  std::string text;
  if (found.weak_orders) text += "; memory orders weaker than seq_cst were taken for seq_cst";
  if (found.spins_seen) text += "; loops that spin were taken for loops that yield";
  return text;
}

}  // namespace sim
