#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <http/lab.hpp>
#include <http/otlp.hpp>
#include <http/server.hpp>

namespace http {

/// All that a service is made with.
struct ServiceOptions {
  std::string host = "127.0.0.1";
  int port = 8000;                   ///< 0: any free one
  std::string service = "bank-api";  ///< its name in metrics and traces
  std::string admin_token;           ///< empty: everybody may
  std::optional<OtlpEndpoint> otlp;  ///< empty: no traces are sent
  bool quiet = false;                ///< log only warnings
  LabOptions lab;
  ServerLimits server;
  OtlpLimits otlp_limits;
};

/// The value of an environment variable, null where it is not set.
using Environment = std::function<const char*(const char* name)>;

/// The options that the environment gives, or what is wrong with it. Unset and empty variables
/// leave the default.
std::variant<ServiceOptions, std::string> options_from(const Environment& environment);

}  // namespace http
