#include <sim/report/spans.hpp>

#include <nlohmann/json.hpp>

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kStatusError = 2;

/// The encoding writes 64-bit integers as strings.
Json value_json(const SpanValue& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) return {{"boolValue", *flag}};
  if (const auto* const number = std::get_if<double>(&value)) return {{"doubleValue", *number}};
  if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
    return {{"intValue", std::to_string(*integer)}};
  }
  return {{"stringValue", std::get<std::string>(value)}};
}

Json attributes_json(const SpanAttributes& attributes) {
  Json list = Json::array();
  for (const auto& [key, value] : attributes) {
    list.push_back({{"key", key}, {"value", value_json(value)}});
  }
  return list;
}

std::string unix_nanoseconds(SpanTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Json events_json(const std::vector<SpanEvent>& events) {
  Json list = Json::array();
  for (const SpanEvent& event : events) {
    list.push_back({{"timeUnixNano", unix_nanoseconds(event.time)},
                    {"name", event.name},
                    {"attributes", attributes_json(event.attributes)}});
  }
  return list;
}

Json links_json(const Span& span) {
  Json list = Json::array();
  for (const SpanLink& link : span.links) {
    list.push_back({{"traceId", span.trace_id},
                    {"spanId", link.span_id},
                    {"attributes", attributes_json(link.attributes)}});
  }
  return list;
}

Json span_json(const Span& span) {
  Json json = {{"traceId", span.trace_id}, {"spanId", span.span_id}};
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = unix_nanoseconds(span.begin);
  json["endTimeUnixNano"] = unix_nanoseconds(span.end);
  json["attributes"] = attributes_json(span.attributes);
  if (!span.events.empty()) json["events"] = events_json(span.events);
  if (!span.links.empty()) json["links"] = links_json(span);
  if (!span.error.empty()) json["status"] = {{"code", kStatusError}, {"message", span.error}};
  return json;
}

}  // namespace

std::string otlp_json(const std::vector<Span>& spans, const std::string& service) {
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(span_json(span));
  Json scope = {{"scope", {{"name", "racelab"}}}, {"spans", std::move(list)}};
  Json resource = {{"attributes", attributes_json({{"service.name", service}})}};
  Json root = Json::object();
  root["resourceSpans"] = Json::array();
  root["resourceSpans"].push_back(
      {{"resource", std::move(resource)}, {"scopeSpans", Json::array({std::move(scope)})}});
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sim
