#pragma once
// Turns what the recorder knows into schedule files, which replay live transfers in the simulator.
// bank/live_excerpt.hpp finds the order of their steps.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <http/lab/recorder.hpp>

namespace http {

/// A transfer that took an account below zero, and what was known of the others at that moment.
struct RecordedRace {
  Recorder::Moment moment;
  std::vector<bank::AccountStart> accounts;  ///< with their balances at that moment
  Recorder::Transfer transfer;
  std::string id;
};

/// Returns a schedule file of the newest transfers, at most 60, with the outcome that the simulator
/// finds and each transfer's id in a comment. `accounts` must return the ledger's accounts with
/// their current balances. Empty if nothing is recorded. Throws std::logic_error if the simulator
/// does not follow the recording, which is a bug of racelab.
std::optional<std::string> schedule_of(
    const Recorder& recorder, const std::function<std::vector<bank::AccountStart>()>& accounts);

/// Returns a schedule file of a race: the steps of its transfer, and of those that overlapped it,
/// up to the deduction that took the account below zero, which is the step that fails. Throws as
/// the function above does.
std::optional<std::string> schedule_of(const RecordedRace& race);

}  // namespace http
