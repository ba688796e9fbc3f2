#pragma once
// The options of a service and the environment variables that set them. http/docs/lab.md lists the
// variables.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <http/lab/lab.hpp>
#include <http/server/server.hpp>
#include <http/telemetry/otlp.hpp>

namespace http {

/// What a service is started with.
struct ServiceOptions {
  std::string host = "127.0.0.1";
  int port = 8000;                   ///< 0 means any free port
  std::string service = "bank-api";  ///< name of the service in metrics and traces
  std::string admin_token;           ///< empty if no token is needed
  std::optional<OtlpEndpoint> otlp;  ///< empty if no traces are sent
  bool quiet = false;                ///< log only warnings
  LabOptions lab;
  ServerLimits server;
  OtlpLimits otlp_limits;
};

/// Returns the value of an environment variable, or null if it is not set.
using Environment = std::function<const char*(const char* name)>;

/// Reads the options from environment variables, or returns what is wrong with one of them. A
/// variable that is unset or empty leaves the default.
std::variant<ServiceOptions, std::string> options_from(const Environment& environment);

}  // namespace http
