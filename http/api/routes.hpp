#pragma once
// The lab's HTTP interface: which path does what. It decodes requests, calls the lab or the
// simulator, and encodes what they return. openapi.json describes the same paths.

#include <string>

#include <http/api/simulator.hpp>
#include <http/lab/lab.hpp>
#include <http/server/message.hpp>
#include <http/server/router.hpp>
#include <http/telemetry/metrics.hpp>

namespace http {

/// Answers requests; independent of sockets. Thread-safe.
class Routes {
 public:
  /// `lab` and `metrics` must outlive the routes. Unless `admin_token` is empty, /reset and the
  /// paths below /admin need it.
  Routes(Lab& lab, const Metrics& metrics, std::string service, std::string admin_token);

  [[nodiscard]] Response handle(const Request& request) const;

 private:
  void add_accounts(Lab& lab);
  void add_admin(Lab& lab);
  void add_pages(const Metrics& metrics);
  void add_simulator();
  [[nodiscard]] bool is_authorized(const Request& request) const;

  Lab& lab_;
  std::string service_;
  std::string admin_token_;
  Simulator simulator_;
  Router router_;
};

}  // namespace http
