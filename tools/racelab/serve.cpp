// `racelab serve`: runs the live lab until a signal ends it.

#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <http/service.hpp>
#include <tools/racelab/command.hpp>
#include <tools/racelab/commands.hpp>

namespace racelab {
namespace {

constexpr const char* kEnvironment =
    "Environment (options win): LAB_HOST, LAB_PORT, OTEL_SERVICE_NAME,\n"
    "OTEL_EXPORTER_OTLP_ENDPOINT, LAB_ADMIN_TOKEN (then /admin/* and /reset need it),\n"
    "DEBUG_DELAY_ENABLED, DEBUG_DELAY_MS, BARRIER_ENABLED, BARRIER_COUNT, USE_TRANSACTIONS,\n"
    "LAB_RECORDING, LAB_BARRIER_TIMEOUT_MS.\n"
    "Exit codes: 0 stopped by a signal, 2 bad usage or environment, 4 could not listen.";

/// Blocks the signals that end the lab, in this thread and in threads it starts, so that wait()
/// receives them.
class StopSignals {
 public:
  StopSignals() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// Waits for a signal. A second signal then ends the process at once.
  int wait() {
    int signal = 0;
    while (::sigwait(&set_, &signal) != 0) {
    }
    ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return signal;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

/// The host for a URL that a browser on this machine can open.
std::string url_host(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return "localhost";
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

int run_service(const http::ServiceOptions& options) {
  StopSignals signals;
  http::Log log{options.quiet ? http::Log::Level::warnings : http::Log::Level::all};
  auto started = http::Service::start(options, log);
  if (const auto* const problem = std::get_if<std::string>(&started)) {
    fmt::print(stderr, "racelab serve: {}\n", *problem);
    return kCouldNot;
  }
  auto service = std::move(std::get<std::unique_ptr<http::Service>>(started));
  const std::string url = fmt::format("http://{}:{}", url_host(options.host), service->port());
  fmt::print("The lab runs at {}\nDocumentation: {}/docs\nStop it with Ctrl-C\n", url, url);
  std::fflush(stdout);
  const int signal = signals.wait();
  log.info(fmt::format("stopping: {}", signal == SIGINT ? "interrupted" : "terminated"));
  service.reset();
  log.info("stopped");
  return kSuccess;
}

int serve(int argc, char** argv) {
  CLI::App app{"The live lab: the bank on real threads behind HTTP", "racelab serve"};
  app.footer(kEnvironment);
  auto from_environment = http::options_from([](const char* name) { return std::getenv(name); });
  std::string host;
  int port = -1;
  std::string otlp;
  bool quiet = false;
  app.add_option("--host", host, "host name or address to listen on [127.0.0.1]");
  app.add_option("--port", port, "port to listen on; 0 for any free port [8000]")
      ->check(CLI::Range(0, 65535));
  app.add_option("--otlp", otlp, "address of a collector for traces, as in http://localhost:4318");
  app.add_flag("--quiet", quiet, "log only warnings");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kBadUsage;
  }
  const auto bad_usage = [](const std::string& problem) {
    fmt::print(stderr, "racelab serve: {}\n", problem);
    return kBadUsage;
  };
  if (const auto* const problem = std::get_if<std::string>(&from_environment)) {
    return bad_usage(*problem);
  }
  auto& options = std::get<http::ServiceOptions>(from_environment);
  if (!host.empty()) options.host = host;
  if (port >= 0) options.port = port;
  options.quiet = quiet;
  if (!otlp.empty()) {
    const auto endpoint = http::parse_otlp_endpoint(otlp);
    if (const auto* const problem = std::get_if<std::string>(&endpoint)) {
      return bad_usage(*problem);
    }
    options.otlp = std::get<http::OtlpEndpoint>(endpoint);
  }
  try {
    return run_service(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "racelab serve: {}\n", error.what());
    return kCouldNot;
  }
}

const CommandRegistration registration{{"serve", "the live lab: the bank behind HTTP", serve}};

}  // namespace
}  // namespace racelab
