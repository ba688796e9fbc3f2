#pragma once

#include <string>

#include <http/lab.hpp>
#include <http/message.hpp>
#include <http/metrics.hpp>
#include <http/router.hpp>
#include <http/simulator.hpp>

namespace http {

/// The lab's HTTP interface: what each call means. Knows no sockets. Thread-safe.
class Routes {
 public:
  /// `lab` and `metrics` outlive the routes. Where `admin_token` is not empty, what changes the lab
  /// as a whole needs it.
  Routes(Lab& lab, const Metrics& metrics, std::string service, std::string admin_token);

  [[nodiscard]] Response handle(const Request& request) const;

 private:
  void add_accounts(Lab& lab);
  void add_admin(Lab& lab);
  void add_pages(const Metrics& metrics);
  void add_simulator();
  [[nodiscard]] bool may(const Request& request) const;

  Lab& lab_;
  std::string service_;
  std::string admin_token_;
  Simulator simulator_;
  Router router_;
};

}  // namespace http
