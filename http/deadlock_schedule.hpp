#pragma once

#include <string>
#include <vector>

#include <bank/ledger.hpp>
#include <http/account_mutex.hpp>

namespace http {

/// The text of a schedule that makes the deadlock happen again, in a bank with these accounts: each
/// transfer of the circle takes the lock that it holds.
std::string schedule_of(const Deadlock& deadlock, const std::vector<bank::AccountStart>& accounts);

}  // namespace http
