#pragma once

// Spans of OpenTelemetry, and their encoding as an OTLP/HTTP request in JSON. The exporter of
// recorded executions (`racelab show --otlp`) and the live lab both build spans and encode them
// here. Format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sim {

using SpanTime = std::chrono::system_clock::time_point;
using SpanValue = std::variant<bool, std::int64_t, double, std::string>;
/// Names and values that describe a span, an event, or a link, in the order in which they are
/// shown.
using SpanAttributes = std::vector<std::pair<std::string, SpanValue>>;

/// Whether a span is internal or the handling of a request. The values are those of the protocol.
enum class SpanKind : std::uint8_t { internal = 1, server = 2 };

/// Something that happened at one moment of a span.
struct SpanEvent {
  std::string name;
  SpanTime time;
  SpanAttributes attributes;
};

/// A reference to another span of the same trace.
struct SpanLink {
  std::string span_id;
  SpanAttributes attributes;
};

/// One span of a trace. Ids are hexadecimal.
struct Span {
  std::string trace_id;   ///< 32 digits
  std::string span_id;    ///< 16 digits
  std::string parent_id;  ///< empty for the root
  std::string name;
  SpanKind kind = SpanKind::internal;
  SpanTime begin{};
  SpanTime end{};
  SpanAttributes attributes{};
  std::vector<SpanEvent> events{};
  std::vector<SpanLink> links{};
  std::string error{};  ///< what went wrong; empty if nothing did
};

/// Encodes spans as the body of an OTLP/HTTP request. `service` becomes the resource attribute
/// `service.name`. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string otlp_json(const std::vector<Span>& spans, const std::string& service);

}  // namespace sim
