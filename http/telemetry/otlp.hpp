#pragma once
// Sends spans to an OpenTelemetry collector, such as Jaeger, by OTLP over HTTP. OtlpExporter sends
// the traces of the live lab in the background; post_spans() sends one request and waits, for
// `racelab show --otlp`. sim/report/spans.hpp has the spans and their encoding.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <http/telemetry/log.hpp>
#include <http/telemetry/metrics.hpp>
#include <sim/report/spans.hpp>

namespace http {

/// Where a collector takes traces.
struct OtlpEndpoint {
  std::string base;  ///< scheme, host and port
  std::string path;  ///< ends with /v1/traces
};

/// Reads the base address of a collector, such as "http://localhost:4318", or returns what is wrong
/// with it. Port 4317 is refused, because it speaks gRPC.
std::variant<OtlpEndpoint, std::string> parse_otlp_endpoint(std::string_view text);

/// Posts an encoded request to the collector at a base address and waits for the answer. Returns an
/// empty text on success, else what went wrong and what to do next. Thread-safe.
std::string post_spans(const std::string& endpoint, const std::string& request);

/// Limits of an exporter.
struct OtlpLimits {
  std::size_t queue_max = 4096;          ///< spans that wait; further ones are dropped and counted
  std::size_t batch_max = 512;           ///< spans in one request
  std::chrono::milliseconds delay{500};  ///< how long a span waits for others to share its request
  std::chrono::milliseconds request_time{2'000};
  std::chrono::milliseconds flush_time{3'000};  ///< how long the destructor may send
};

/// Sends spans on a thread of its own. A slow or missing collector loses spans but delays nobody.
/// Thread-safe.
class OtlpExporter {
 public:
  /// `metrics` and `log` must outlive the exporter.
  OtlpExporter(OtlpEndpoint endpoint, std::string service, Metrics& metrics, Log& log,
               const OtlpLimits& limits);
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;
  /// Sends the queued spans, for at most the flush time.
  ~OtlpExporter();

  /// Queues spans, or drops and counts all of them if the queue has no room.
  void add(std::vector<sim::Span> spans);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
