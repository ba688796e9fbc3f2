#include <http/otlp.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <http/client.hpp>

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSpanKindInternal = 1;
constexpr int kSpanKindServer = 2;
constexpr int kStatusError = 2;
constexpr std::chrono::seconds kPauseAfterFailure{1};
constexpr std::chrono::seconds kPostTime{10};  ///< of a request that somebody waits for

Json value_json(const SpanValue& value) {
  if (const auto* const flag = std::get_if<bool>(&value)) return {{"boolValue", *flag}};
  if (const auto* const number = std::get_if<double>(&value)) return {{"doubleValue", *number}};
  return {{"stringValue", std::get<std::string>(value)}};
}

Json attributes_json(const SpanAttributes& attributes) {
  Json list = Json::array();
  for (const auto& [key, value] : attributes) {
    list.push_back({{"key", key}, {"value", value_json(value)}});
  }
  return list;
}

/// 64-bit numbers are texts in this encoding.
std::string nanoseconds(SpanTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Json span_json(const Span& span) {
  Json json{{"traceId", span.trace_id},
            {"spanId", span.span_id},
            {"name", span.name},
            {"kind", span.parent_id.empty() ? kSpanKindServer : kSpanKindInternal},
            {"startTimeUnixNano", nanoseconds(span.begin)},
            {"endTimeUnixNano", nanoseconds(span.end)},
            {"attributes", attributes_json(span.attributes)}};
  if (!span.parent_id.empty()) json["parentSpanId"] = span.parent_id;
  if (!span.error.empty()) json["status"] = {{"code", kStatusError}, {"message", span.error}};
  return json;
}

/// The digits of a port; empty where it is none.
std::optional<int> port_of(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) {
    return std::nullopt;
  }
  const int port = std::stoi(std::string{text});
  return port >= 1 && port <= 65535 ? std::optional{port} : std::nullopt;
}

/// A collector's text, which may be a page of HTML, as one short line.
std::string one_line(std::string text) {
  constexpr std::size_t kBytesMax = 200;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
  text.erase(std::unique(text.begin(), text.end(), both_blank), text.end());
  if (text.ends_with(' ')) text.pop_back();
  if (text.size() > kBytesMax) text.replace(kBytesMax, std::string::npos, "…");
  return text;
}

/// What is wrong with an answer whose status is good: that it is no collector's, but a web page,
/// say, or that spans were left out. Else empty.
std::string problem_with_success(const std::string& body) {
  if (body.empty()) return "";
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return fmt::format(
        "what answers there is no collector, it says: {}; use the port for OTLP over HTTP, which "
        "mostly is 4318",
        one_line(body));
  }
  const Json part = json.value("partialSuccess", Json{});
  if (!part.is_object() || !part.contains("rejectedSpans")) return "";
  // A 64-bit number is a text here, and some write it as a number.
  const Json& count = part["rejectedSpans"];
  const std::string number = count.is_string() ? count.get<std::string>() : count.dump();
  if (number == "0") return "";
  const Json why = part.value("errorMessage", Json{});
  return fmt::format("it left out {} of the spans: {}", number,
                     why.is_string() ? one_line(why.get<std::string>()) : "it does not say why");
}

/// What is wrong with a collector's answer, and what to do; empty where it took the spans.
std::string problem_with(const Answer& answer) {
  if (answer.status >= 200 && answer.status <= 299) return problem_with_success(answer.body);
  if (answer.status == 0) {
    return fmt::format(
        "{}; check that a collector runs there, and that this is its port for OTLP over HTTP, "
        "which mostly is 4318",
        answer.problem);
  }
  const std::string said = answer.body.empty() ? "" : fmt::format(": {}", one_line(answer.body));
  const char* const next =
      answer.status == 404 ? "; the address is the collector's base, to which /v1/traces is added"
                           : "";
  return fmt::format("it answers with status {}{}{}", answer.status, said, next);
}

}  // namespace

std::string otlp_json(const std::vector<Span>& spans, const std::string& service) {
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(span_json(span));
  Json scope{{"scope", {{"name", "racelab"}}}, {"spans", std::move(list)}};
  Json resource{{"attributes", attributes_json({{"service.name", service}})}};
  Json root = Json::object();
  root["resourceSpans"] = Json::array(
      {{{"resource", std::move(resource)}, {"scopeSpans", Json::array({std::move(scope)})}}});
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::variant<OtlpEndpoint, std::string> parse_otlp_endpoint(std::string text) {
  const auto wrong = [&](std::string_view why) {
    return fmt::format("OTLP endpoint \"{}\": {}", text, why);
  };
  const bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://")) {
    return wrong("must begin with http:// or https://, as in http://localhost:4318");
  }
  const std::size_t host = secure ? 8 : 7;
  const std::size_t slash = std::min(text.find('/', host), text.size());
  const std::string authority = text.substr(host, slash - host);
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  if (authority.empty() || colon == 0) return wrong("has no host");
  if (has_port) {
    const auto port = port_of(std::string_view{authority}.substr(colon + 1));
    if (!port) return wrong("its port is no number from 1 to 65535");
    if (*port == 4317) {
      return wrong("port 4317 speaks gRPC, this sends OTLP over HTTP; use port 4318");
    }
  }
  std::string path = text.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return OtlpEndpoint{text.substr(0, slash), path + "/v1/traces"};
}

std::string post_spans(const std::string& endpoint, const std::string& request) {
  const auto parsed = parse_otlp_endpoint(endpoint);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) return *problem;
  const auto& to = std::get<OtlpEndpoint>(parsed);
  const Answer answer = post_json(to.base, to.path, request, kPostTime);
  const std::string problem = problem_with(answer);
  return problem.empty() ? problem : fmt::format("{}{}: {}", to.base, to.path, problem);
}

/// Shared with the thread, which may outlive the exporter where a collector's name takes long to
/// look up: then it touches nothing else any more.
struct OtlpExporter::Impl {
  Impl(OtlpEndpoint e, std::string s, Metrics& m, Log& l, const OtlpLimits& limit)
      : endpoint(std::move(e)), service(std::move(s)), limits(limit), metrics(m), log(l) {}

  void work();
  void send(std::unique_lock<std::mutex>& lock);

  const OtlpEndpoint endpoint;
  const std::string service;
  const OtlpLimits limits;
  std::mutex mutex;
  std::condition_variable changed;
  Metrics& metrics;
  Log& log;
  std::deque<Span> queue;
  bool failing = false;
  bool stopping = false;
  bool done = false;
  bool abandoned = false;
};

void OtlpExporter::Impl::work() {
  std::unique_lock lock{mutex};
  while (!abandoned) {
    changed.wait(lock, [this] { return stopping || !queue.empty(); });
    const auto full = [this] { return stopping || queue.size() >= limits.batch_max; };
    if (queue.empty()) break;
    changed.wait_for(lock, limits.delay, full);
    send(lock);
    if (failing && !abandoned) {
      changed.wait_for(lock, kPauseAfterFailure, [this] { return stopping; });
    }
  }
  done = true;
  changed.notify_all();
}

void OtlpExporter::Impl::send(std::unique_lock<std::mutex>& lock) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue.size(), limits.batch_max));
  const std::vector<Span> batch{std::make_move_iterator(queue.begin()),
                                std::make_move_iterator(queue.begin() + count)};
  queue.erase(queue.begin(), queue.begin() + count);
  lock.unlock();
  const int status =
      post_json(endpoint.base, endpoint.path, otlp_json(batch, service), limits.request_time)
          .status;
  lock.lock();
  if (abandoned) return;
  const bool failed = status < 200 || status > 299;
  if (failed) {
    metrics.spans_dropped(batch.size());
  } else {
    metrics.spans_sent(batch.size());
  }
  if (failed && !failing) {
    log.warn(fmt::format("traces: {}{} {}; spans are dropped until it takes them", endpoint.base,
                         endpoint.path,
                         status == 0 ? "cannot be reached" : fmt::format("answers {}", status)));
  } else if (!failed && failing) {
    log.info(fmt::format("traces: {} takes spans again", endpoint.base));
  }
  failing = failed;
}

OtlpExporter::OtlpExporter(OtlpEndpoint endpoint, std::string service, Metrics& metrics, Log& log,
                           const OtlpLimits& limits)
    : impl_(std::make_shared<Impl>(std::move(endpoint), std::move(service), metrics, log, limits)) {
  std::thread{[impl = impl_] { impl->work(); }}.detach();
}

OtlpExporter::~OtlpExporter() {
  std::unique_lock lock{impl_->mutex};
  impl_->stopping = true;
  impl_->changed.notify_all();
  impl_->changed.wait_for(lock, impl_->limits.flush_time, [this] { return impl_->done; });
  impl_->abandoned = true;
  if (!impl_->queue.empty()) impl_->metrics.spans_dropped(impl_->queue.size());
}

void OtlpExporter::add(std::vector<Span> spans) {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->queue.size() + spans.size() > impl_->limits.queue_max) {
    impl_->metrics.spans_dropped(spans.size());
    return;
  }
  for (Span& span : spans) impl_->queue.push_back(std::move(span));
  impl_->changed.notify_all();
}

}  // namespace http
