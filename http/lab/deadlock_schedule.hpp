#pragma once
// Turns a deadlock of the live lab into a schedule file that replays it.

#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <http/lab/account_mutex.hpp>

namespace http {

/// Returns a schedule file that reproduces the deadlock in a bank with these accounts: each
/// transfer of the cycle takes the lock that it holds.
std::string schedule_of(const Deadlock& deadlock, const std::vector<bank::AccountStart>& accounts);

}  // namespace http
