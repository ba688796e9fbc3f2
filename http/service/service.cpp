#include <http/service/service.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <http/api/routes.hpp>
#include <http/api/transfer_spans.hpp>
#include <http/server/server.hpp>
#include <http/telemetry/metrics.hpp>

namespace http {
namespace {

/// File descriptors that are reserved for everything but connections.
constexpr rlim_t kOtherFiles = 512;

/// Raises the limit of file descriptors if necessary, and returns how many connections it allows.
std::size_t connections_max(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  const rlim_t needed = wanted + kOtherFiles;
  if (files.rlim_cur < needed) {
    files.rlim_cur = std::min(needed, files.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const rlim_t free = files.rlim_cur > 2 * kOtherFiles ? files.rlim_cur - kOtherFiles
                                                       : std::max<rlim_t>(files.rlim_cur / 2, 1);
  return std::min<std::size_t>(wanted, free);
}

}  // namespace

/// The members are in the order of their dependencies, and destroyed in the reverse order.
struct Service::Parts {
  Parts(const ServiceOptions& options, Log& log, Listener listener)
      : metrics(options.service),
        lab(options.lab, metrics, log,
            [this](const FinishedTransfer& finished) {
              if (exporter) exporter->add(spans_of(finished));
            }),
        routes(lab, metrics, options.service, options.admin_token) {
    if (options.otlp) {
      exporter.emplace(*options.otlp, options.service, metrics, log, options.otlp_limits);
    }
    ServerLimits limits = options.server;
    limits.connections_max = connections_max(limits.connections_max);
    server.emplace(
        std::move(listener), [this](const Request& request) { return routes.handle(request); },
        limits);
  }

  Metrics metrics;
  std::optional<OtlpExporter> exporter;
  Lab lab;
  Routes routes;
  std::optional<Server> server;
};

std::variant<std::unique_ptr<Service>, std::string> Service::start(const ServiceOptions& options,
                                                                   Log& log) {
  auto listening = listen_on(options.host, options.port);
  if (auto* const problem = std::get_if<std::string>(&listening)) return std::move(*problem);
  auto parts = std::make_unique<Parts>(options, log, std::move(std::get<Listener>(listening)));
  return std::unique_ptr<Service>{new Service{std::move(parts)}};
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() {
  parts_->lab.stop();
  parts_->server.reset();
}

int Service::port() const {
  return parts_->server->port();
}

}  // namespace http
