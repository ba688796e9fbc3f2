#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <bank/money.hpp>
#include <bank/transfer.hpp>

namespace http {

/// What was asked for.
struct TransferOrder {
  std::string from;
  std::string to;
  bank::Money amount;
};

/// A transfer that has ended, as the transaction log keeps it.
struct TransferRecord {
  std::string id;  ///< 8 hexadecimal digits, unique
  std::chrono::system_clock::time_point begin;
  TransferOrder order;
  bank::TransferResult result;
  std::string thread_id;
  std::chrono::nanoseconds duration{};

  /// Its own deduction left its source negative.
  [[nodiscard]] bool hit_race() const {
    return result.status == bank::TransferStatus::success &&
           result.from_after.amount < bank::Money{};
  }
};

/// What has happened while a transfer ran, for its trace.
struct StepRecord {
  std::string name;  ///< "read", "barrier", …
  std::chrono::system_clock::time_point begin;
  std::chrono::system_clock::time_point end;
  std::string object;  ///< the shared object; may be empty
  std::string text;    ///< what came of it
};

}  // namespace http
