#include <http/service/service_options.hpp>

#include <utility>

#include <fmt/format.h>

#include <http/api/decode.hpp>

namespace http {
namespace {

/// Reads variables one by one, and keeps the first problem.
class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  void text(const char* name, std::string& to) {
    if (const char* const value = find(name)) to = value;
  }
  void flag(const char* name, bool& to) {
    const char* const value = find(name);
    if (value == nullptr) return;
    const auto flag = parse_flag(value);
    if (!flag) return wrong(name, value, "must be true, false, 1 or 0");
    to = *flag;
  }
  void integer(const char* name, int& to, int min, int max) {
    const char* const value = find(name);
    if (value == nullptr) return;
    const auto number = parse_integer(value, min, max);
    if (!number) {
      return wrong(name, value, fmt::format("must be a whole number from {} to {}", min, max));
    }
    to = *number;
  }
  void milliseconds(const char* name, std::chrono::milliseconds& to) {
    int ms = static_cast<int>(to.count());
    integer(name, ms, 1, 3'600'000);
    to = std::chrono::milliseconds{ms};
  }
  void otlp(const char* name, std::optional<OtlpEndpoint>& to) {
    const char* const value = find(name);
    if (value == nullptr) return;
    auto parsed = parse_otlp_endpoint(value);
    if (auto* const endpoint = std::get_if<OtlpEndpoint>(&parsed)) {
      to = std::move(*endpoint);
    } else {
      note(fmt::format("{}: {}", name, std::get<std::string>(parsed)));
    }
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const char* find(const char* name) const {
    const char* const value = environment_(name);
    return value == nullptr || *value == '\0' ? nullptr : value;
  }
  void wrong(const char* name, const char* value, std::string_view why) {
    note(fmt::format("{}={}: {}", name, value, why));
  }
  void note(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  const Environment& environment_;
  std::string problem_;
};

}  // namespace

std::variant<ServiceOptions, std::string> options_from(const Environment& environment) {
  ServiceOptions options;
  Settings& settings = options.lab.settings;
  bool use_transactions = false;
  Reader read{environment};
  read.text("LAB_HOST", options.host);
  read.integer("LAB_PORT", options.port, 0, 65535);
  read.text("OTEL_SERVICE_NAME", options.service);
  read.text("LAB_ADMIN_TOKEN", options.admin_token);
  read.otlp("OTEL_EXPORTER_OTLP_ENDPOINT", options.otlp);
  read.flag("DEBUG_DELAY_ENABLED", settings.delay_enabled);
  read.integer("DEBUG_DELAY_MS", settings.delay_ms, 0, kDelayMsMax);
  read.flag("BARRIER_ENABLED", settings.barrier_enabled);
  read.integer("BARRIER_COUNT", settings.barrier_count, 1, kBarrierCountMax);
  read.flag("USE_TRANSACTIONS", use_transactions);
  read.flag("LAB_RECORDING", settings.recording_enabled);
  read.milliseconds("LAB_BARRIER_TIMEOUT_MS", options.lab.barrier_timeout);
  if (!read.problem().empty()) return read.problem();
  settings.algorithm = algorithm_of(use_transactions);
  return options;
}

}  // namespace http
