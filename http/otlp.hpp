#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <http/log.hpp>
#include <http/metrics.hpp>
#include <http/span.hpp>

namespace http {

/// The spans as an OTLP/HTTP request in its JSON encoding.
std::string otlp_json(const std::vector<Span>& spans, const std::string& service);

/// Where a collector takes traces.
struct OtlpEndpoint {
  std::string base;  ///< scheme, host and port
  std::string path;  ///< ends with /v1/traces
};

/// Reads the base address of a collector, like "http://localhost:4318", or says what is wrong with
/// it; port 4317 is gRPC, which this does not speak.
std::variant<OtlpEndpoint, std::string> parse_otlp_endpoint(std::string text);

/// Posts a request in the JSON encoding to the collector at this base address, and waits for its
/// answer. Empty, or what went wrong and what to do next. Thread-safe.
std::string post_spans(const std::string& endpoint, const std::string& request);

/// What an exporter may take.
struct OtlpLimits {
  std::size_t queue_max = 4096;  ///< spans that wait; more are dropped, and counted
  std::size_t batch_max = 512;
  std::chrono::milliseconds delay{500};  ///< that a span waits for others
  std::chrono::milliseconds request_time{2'000};
  std::chrono::milliseconds flush_time{3'000};  ///< at the end
};

/// Sends spans to a collector, from a thread of its own: a collector that is slow or not there
/// costs nobody else anything but spans. Thread-safe.
class OtlpExporter {
 public:
  /// `metrics` and `log` outlive the exporter.
  OtlpExporter(OtlpEndpoint endpoint, std::string service, Metrics& metrics, Log& log,
               const OtlpLimits& limits);
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;
  /// Sends what waits, for at most the flush time.
  ~OtlpExporter();

  void add(std::vector<Span> spans);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
