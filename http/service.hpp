#pragma once

#include <memory>
#include <string>
#include <variant>

#include <http/log.hpp>
#include <http/service_options.hpp>

namespace http {

/// The live lab as it runs: server, routes, lab, metrics and traces, wired together.
class Service {
 public:
  /// A service that runs, or why there is none. `log` outlives it.
  static std::variant<std::unique_ptr<Service>, std::string> start(const ServiceOptions& options,
                                                                   Log& log);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  /// Lets go whoever waits, answers what is in flight, sends the spans there are, and ends.
  ~Service();

  [[nodiscard]] int port() const;

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace http
