#pragma once

// The invariants of a bank, which must hold at every step: no account is negative, and money is
// conserved.

#include <deque>

#include <bank/excerpt_runtime.hpp>
#include <bank/ledger.hpp>
#include <sim/invariant.hpp>
#include <sim/runtime/fiber_runtime.hpp>

namespace bank {

/// Checks the invariants of a ledger while this object lives; it must not outlive the ledger. Each
/// account that is not negative at the start must never become so. The sum of all balances and of
/// the money in flight must never change.
class Invariants {
 public:
  /// `in_flight` is money that is deducted but not yet credited at the start.
  explicit Invariants(const Ledger<sim::FiberRuntime>& ledger, Money in_flight = {});
  explicit Invariants(const Ledger<ExcerptRuntime>& ledger, Money in_flight = {});

 private:
  template <sim::Runtime R>
  void add(const Ledger<R>& ledger, Money in_flight);

  std::deque<sim::Invariant> invariants_;
};

}  // namespace bank
