#pragma once
// The running lab: the server, the routes, the lab, its metrics and its traces, wired together.
// `racelab serve` and most tests of http start one.

#include <memory>
#include <string>
#include <variant>

#include <http/service/service_options.hpp>
#include <http/telemetry/log.hpp>

namespace http {

/// A running service.
class Service {
 public:
  /// Starts a service, or returns why it could not be started. `log` must outlive the service.
  static std::variant<std::unique_ptr<Service>, std::string> start(const ServiceOptions& options,
                                                                   Log& log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  /// Releases all waiting transfers, answers the requests in flight, and sends the queued spans.
  ~Service();

  [[nodiscard]] int port() const;

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace http
