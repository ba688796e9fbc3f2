#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <http/recorder.hpp>

namespace http {

/// A transfer that took an account below zero, and what was known of others then. A value.
struct RecordedRace {
  Recorder::Moment moment;
  std::vector<bank::AccountStart> accounts;  ///< with their balances then
  Recorder::Transfer transfer;
  std::string id;
};

/// What the recorder knows, as the text of a schedule file: the newest transfers, at most 60, with
/// what the simulator says of them and the id of each in a comment. `accounts` gives those of the
/// ledger, with their balances. Empty where nothing is recorded. Throws std::logic_error where the
/// simulator does something else, which is a mistake in racelab.
std::optional<std::string> schedule_of(
    const Recorder& recorder, const std::function<std::vector<bank::AccountStart>()>& accounts);

/// The same of a race: what led to it, of its transfer and of those that overlap it. It ends with
/// the step that took the money, which is what fails.
std::optional<std::string> schedule_of(const RecordedRace& race);

}  // namespace http
