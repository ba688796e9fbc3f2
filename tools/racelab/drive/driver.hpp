#pragma once

// Drives a running lab through schedules: sends a schedule, then its transfers, and compares what
// the server did with what the simulator predicts. http/lab/schedule_gate.hpp is the server's side.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <http/client.hpp>
#include <http/drive_plan.hpp>

namespace racelab {

/// Where a lab runs and how it is driven.
struct DriverOptions {
  std::string base;   ///< address without a path
  std::string token;  ///< the lab's LAB_ADMIN_TOKEN; empty if it has no token
  std::chrono::milliseconds timeout{5'000};  ///< for each step
  const std::atomic<bool>* interrupt = nullptr;
};

/// The result of driving one schedule.
struct Driven {
  /// What the comparison of the server with the simulator gave.
  enum class Verdict : std::uint8_t {
    agree,       ///< steps, values, outcome and balances are those of the simulator
    differ,      ///< a value, the outcome or a balance differs
    incomplete,  ///< the server did not complete the steps
    not_run,     ///< the server is unreachable or refuses schedules
    interrupted,
  };
  Verdict verdict = Verdict::not_run;
  std::string problem;                ///< one line; empty if they agree
  nlohmann::ordered_json report;      ///< from GET /admin/schedule; null if missing
  std::vector<http::Answer> answers;  ///< one for the transfer of each task
};

/// "agree", "differ", "incomplete", …
std::string to_string(Driven::Verdict verdict);

/// Drives a running lab through schedules, one at a time. Each task has a thread and a connection,
/// which are kept for the next schedule. Not thread-safe.
class Driver {
 public:
  explicit Driver(DriverOptions options);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();

  /// Sends `schedule`, which is the text that `plan` was made from, then sends all transfers at
  /// once, and compares the server's report with `plan`. Blocks until the server has answered all.
  /// Errors are in Driven::problem.
  Driven drive(const std::string& schedule, const http::DrivePlan& plan);

 private:
  struct Senders;

  [[nodiscard]] http::Answer arm(const std::string& schedule);
  std::vector<http::Answer> send(const http::DrivePlan& plan);

  const DriverOptions options_;
  http::Client control_;
  std::unique_ptr<Senders> senders_;
};

/// The first difference between the server's report and the plan, in one line; empty if they agree.
std::string difference(const http::DrivePlan& plan, const nlohmann::ordered_json& report);

}  // namespace racelab
