#include <http/telemetry/otlp.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <http/server/client.hpp>

namespace http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds kPauseAfterFailure{1};
constexpr std::chrono::seconds kPostTime{10};  ///< limit of post_spans()
constexpr int kGrpcPort = 4317;

/// Shortens a collector's text, which may be an HTML page, to one line.
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

/// Returns what is wrong with a response whose status is 2xx: it may come from a server that is not
/// a collector, or say that spans were rejected. Empty if all spans were accepted.
std::string problem_with_success(const std::string& body) {
  if (body.empty()) return "";
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return fmt::format(
        "the server there is not a collector, it answered: {}; use the port for OTLP over HTTP, "
        "usually 4318",
        one_line(body));
  }
  const Json part = json.value("partialSuccess", Json{});
  if (!part.is_object() || !part.contains("rejectedSpans")) return "";
  // The encoding writes 64-bit numbers as strings, but some collectors write a number.
  const Json& count = part["rejectedSpans"];
  const std::string number = count.is_string() ? count.get<std::string>() : count.dump();
  if (number == "0") return "";
  const Json why = part.value("errorMessage", Json{});
  return fmt::format("it rejected {} of the spans: {}", number,
                     why.is_string() ? one_line(why.get<std::string>()) : "it gave no reason");
}

/// Returns what is wrong with a collector's response and what to do; empty if it took the spans.
std::string problem_with(const Answer& answer) {
  if (answer.status >= 200 && answer.status <= 299) return problem_with_success(answer.body);
  if (answer.status == 0) {
    return fmt::format(
        "{}; check that a collector runs there and that this is its port for OTLP over HTTP, "
        "usually 4318",
        answer.problem);
  }
  const std::string said = answer.body.empty() ? "" : fmt::format(": {}", one_line(answer.body));
  const char* const next =
      answer.status == 404 ? "; give the collector's base address, /v1/traces is added to it" : "";
  return fmt::format("it answered with status {}{}{}", answer.status, said, next);
}

}  // namespace

std::variant<OtlpEndpoint, std::string> parse_otlp_endpoint(std::string_view text) {
  auto parsed = parse_url(text);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) {
    return fmt::format("OTLP endpoint {}; give a base address such as http://localhost:4318",
                       *problem);
  }
  auto& url = std::get<Url>(parsed);
  if (port_of(url) == kGrpcPort) {
    return fmt::format(
        "OTLP endpoint \"{}\": port 4317 is for gRPC, but spans are sent by OTLP over HTTP; use "
        "port 4318",
        text);
  }
  while (url.target.ends_with('/')) url.target.pop_back();
  return OtlpEndpoint{std::move(url.base), url.target + "/v1/traces"};
}

std::string post_spans(const std::string& endpoint, const std::string& request) {
  const auto parsed = parse_otlp_endpoint(endpoint);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) return *problem;
  const auto& to = std::get<OtlpEndpoint>(parsed);
  const Answer answer = post_json(to.base, to.path, request, kPostTime);
  const std::string problem = problem_with(answer);
  return problem.empty() ? problem : fmt::format("{}{}: {}", to.base, to.path, problem);
}

/// State shared with the thread. The thread outlives the exporter if looking up the collector's
/// name takes longer than the flush time; it then uses nothing but this state.
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
  std::deque<sim::Span> queue;
  bool failing = false;
  bool stopping = false;
  bool done = false;
  bool abandoned = false;  ///< the exporter is destroyed: do not touch metrics and log
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
  const std::vector<sim::Span> batch{std::make_move_iterator(queue.begin()),
                                     std::make_move_iterator(queue.begin() + count)};
  queue.erase(queue.begin(), queue.begin() + count);
  lock.unlock();
  const int status =
      post_json(endpoint.base, endpoint.path, sim::otlp_json(batch, service), limits.request_time)
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
    log.warn(fmt::format("traces: {}{} {}; spans are dropped until it accepts them", endpoint.base,
                         endpoint.path,
                         status == 0 ? "cannot be reached" : fmt::format("answers {}", status)));
  } else if (!failed && failing) {
    log.info(fmt::format("traces: {} accepts spans again", endpoint.base));
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

void OtlpExporter::add(std::vector<sim::Span> spans) {
  const std::lock_guard lock{impl_->mutex};
  if (impl_->queue.size() + spans.size() > impl_->limits.queue_max) {
    impl_->metrics.spans_dropped(spans.size());
    return;
  }
  for (sim::Span& span : spans) impl_->queue.push_back(std::move(span));
  impl_->changed.notify_all();
}

}  // namespace http
