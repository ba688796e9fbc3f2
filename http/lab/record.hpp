#pragma once
// Values that describe a transfer of the live lab: the order, the record in the transaction log,
// and the steps of its trace.

#include <chrono>
#include <cstdint>
#include <string>

#include <bank/money.hpp>
#include <bank/transfer.hpp>

namespace http {

/// The transfer that a client asks for.
struct TransferOrder {
  std::string from;
  std::string to;
  bank::Money amount;
};

/// A transfer that has ended, as the transaction log keeps it.
struct TransferRecord {
  std::string id;  ///< 8 hexadecimal digits, unique in a lab
  std::chrono::system_clock::time_point begin;
  TransferOrder order;
  bank::TransferResult result;
  std::string thread_id;
  std::chrono::nanoseconds duration{};

  /// Whether its own deduction left its source negative.
  [[nodiscard]] bool hit_race() const {
    return result.status == bank::TransferStatus::success &&
           result.from_after.amount < bank::Money{};
  }
};

/// One step or wait of a transfer, for its trace.
struct StepRecord {
  std::string name;  ///< "read", "barrier", …
  std::chrono::system_clock::time_point begin;
  std::chrono::system_clock::time_point end;
  std::string object;  ///< the shared object; may be empty
  std::string text;    ///< the result of the step
};

}  // namespace http
