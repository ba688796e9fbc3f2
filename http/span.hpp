#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace http {

using SpanTime = std::chrono::system_clock::time_point;
using SpanValue = std::variant<bool, double, std::string>;
using SpanAttributes = std::vector<std::pair<std::string, SpanValue>>;

/// A span of a trace, in OpenTelemetry's words. Ids are hexadecimal.
struct Span {
  std::string trace_id;   ///< 32 digits
  std::string span_id;    ///< 16 digits
  std::string parent_id;  ///< empty for the root
  std::string name;
  SpanTime begin;
  SpanTime end;
  SpanAttributes attributes;
  std::string error;  ///< empty: none
};

}  // namespace http
