#pragma once

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
  std::string base;                          ///< an address without a path
  std::string token;                         ///< of its administrator; empty: none
  std::chrono::milliseconds timeout{5'000};  ///< of each step
  const std::atomic<bool>* interrupt = nullptr;
};

/// What came of driving one schedule.
struct Driven {
  enum class Verdict : std::uint8_t {
    agree,      ///< the same steps, values, end and balances as in the simulator
    differ,     ///< another value, end or balance
    not_led,    ///< the server did not come to the end of the steps
    could_not,  ///< it is not there, or does not take schedules
    interrupted,
  };
  Verdict verdict = Verdict::could_not;
  std::string problem;            ///< one line; empty where they agree
  nlohmann::ordered_json report;  ///< the server's, GET /admin/schedule; null where there is none
  std::vector<http::Answer> answers;  ///< of each task's transfer
};

/// "agree", "differ", "not led", …
std::string to_string(Driven::Verdict verdict);

/// Drives a running lab through schedules, one at a time, each task on a connection and a thread
/// that are kept.
class Driver {
 public:
  explicit Driver(DriverOptions options);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver();

  /// Arms `schedule`, the text that `plan` was made of, sends the transfers all at once, and
  /// compares.
  Driven drive(const std::string& schedule, const http::DrivePlan& plan);

 private:
  struct Senders;

  [[nodiscard]] http::Answer arm(const std::string& schedule);
  std::vector<http::Answer> send(const http::DrivePlan& plan);

  const DriverOptions options_;
  http::Client control_;
  std::unique_ptr<Senders> senders_;
};

/// Where the server's report differs from what the simulator here says: one line, or empty.
std::string difference(const http::DrivePlan& plan, const nlohmann::ordered_json& report);

}  // namespace racelab
