#pragma once

#include <deque>

#include <bank/ledger.hpp>
#include <sim/fiber_runtime.hpp>
#include <sim/invariant.hpp>

namespace bank {

/// The bank's invariants, for as long as this object lives, which is not longer than the ledger:
/// no account is negative, one invariant for each; and money is conserved: the balances, and what
/// is deducted and not yet credited, always sum up to what they were.
class Invariants {
 public:
  explicit Invariants(const Ledger<sim::FiberRuntime>& ledger);

 private:
  std::deque<sim::Invariant> invariants_;
};

}  // namespace bank
