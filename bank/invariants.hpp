#pragma once

#include <deque>

#include <bank/excerpt_runtime.hpp>
#include <bank/ledger.hpp>
#include <sim/invariant.hpp>
#include <sim/runtime/fiber_runtime.hpp>

namespace bank {

/// The bank's invariants, for as long as this object lives, which is not longer than the ledger:
/// no account is negative, one invariant for each that is not so at the start; and money is
/// conserved: the balances, and what is deducted and not yet credited, always sum up to what they
/// were.
class Invariants {
 public:
  /// `in_flight` is deducted already, and not yet credited.
  explicit Invariants(const Ledger<sim::FiberRuntime>& ledger, Money in_flight = {});
  explicit Invariants(const Ledger<ExcerptRuntime>& ledger, Money in_flight = {});

 private:
  template <sim::Runtime R>
  void add(const Ledger<R>& ledger, Money in_flight);

  std::deque<sim::Invariant> invariants_;
};

}  // namespace bank
