#include <http/telemetry/otlp.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <http/api/transfer_spans.hpp>
#include <http/server/server.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// A collector whose responses the test chooses.
class Collector {
 public:
  explicit Collector(int status)
      : server_(listener(),
                [this, status](const Request& request) {
                  const std::lock_guard lock{mutex_};
                  paths_.push_back(request.path);
                  const json root = json::parse(request.body);
                  for (const json& span :
                       root.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans")) {
                    spans_.push_back(span);
                  }
                  return Response{status, "{}", "application/json", {}};
                },
                {}) {}

  [[nodiscard]] OtlpEndpoint endpoint() const {
    return {fmt::format("http://127.0.0.1:{}", server_.port()), "/v1/traces"};
  }
  std::size_t spans() {
    const std::lock_guard lock{mutex_};
    return spans_.size();
  }
  std::size_t requests() {
    const std::lock_guard lock{mutex_};
    return paths_.size();
  }

 private:
  static Listener listener() { return std::get<Listener>(listen_on("127.0.0.1", 0)); }

  std::mutex mutex_;
  std::vector<std::string> paths_;
  std::vector<json> spans_;
  Server server_;
};

class OtlpTest : public testing::Test {
 protected:
  double value(std::string_view series) { return http_test::metric(metrics_.text(), series); }

  std::ostringstream text_;
  Log log_{text_};
  Metrics metrics_{"bank-api"};
};

sim::Span small_span() {
  sim::Span span{std::string(32, 'a'), std::string(16, 'b'), "", "transfer"};
  span.begin = span.end = sim::SpanTime{std::chrono::seconds{1}};
  return span;
}

/// Returns the value of an attribute, such as {"doubleValue": 800.0}; null if the span lacks it.
json attribute(const json& span, const std::string& key) {
  for (const json& entry : span.at("attributes")) {
    if (entry.at("key") == key) return entry.at("value");
  }
  return nullptr;
}

TEST(Otlp, EncodesSpansAsTheProtocolHasThem) {
  sim::Span span{"0123456789abcdef0123456789abcdef", "0123456789abcdef", "fedcba9876543210",
                 "barrier"};
  span.begin = sim::SpanTime{std::chrono::milliseconds{1'700'000'000'123}};
  span.end = span.begin + std::chrono::milliseconds{2};
  span.attributes = {{"a", true}, {"b", 1.5}, {"c", std::string{"text \xff"}}};
  span.error = "what went wrong";
  const json root = json::parse(sim::otlp_json({span}, "bank-api"));
  const json& resource = root.at("resourceSpans").at(0);
  EXPECT_EQ(resource.at("resource").at("attributes"),
            json::parse(R"([{"key":"service.name","value":{"stringValue":"bank-api"}}])"));
  EXPECT_EQ(resource.at("scopeSpans").at(0).at("spans").at(0),
            json::parse(R"({"traceId":"0123456789abcdef0123456789abcdef",
                            "spanId":"0123456789abcdef","parentSpanId":"fedcba9876543210",
                            "name":"barrier","kind":1,
                            "startTimeUnixNano":"1700000000123000000",
                            "endTimeUnixNano":"1700000000125000000",
                            "attributes":[{"key":"a","value":{"boolValue":true}},
                                          {"key":"b","value":{"doubleValue":1.5}},
                                          {"key":"c","value":{"stringValue":"text )"
                        "\xef\xbf\xbd"
                        R"("}}],
                            "status":{"code":2,"message":"what went wrong"}})"));
}

TEST(Otlp, ShowsATransferAndItsStepsWithTheContractsAttributes) {
  std::ostringstream text;
  Log log{text};
  Metrics metrics{"bank-api"};
  std::mutex mutex;
  std::vector<std::vector<sim::Span>> traces;
  LabOptions options;
  options.settings = {true, 1, true, 2, bank::Algorithm::check_then_act};
  Lab lab{options, metrics, log, [&](const FinishedTransfer& finished) {
            const std::lock_guard lock{mutex};
            traces.push_back(spans_of(finished));
          }};
  std::thread other{[&] { lab.transfer({"alice", "bob", bank::whole(800)}); }};
  lab.transfer({"alice", "charlie", bank::whole(800)});
  other.join();

  ASSERT_EQ(traces.size(), 2U);
  std::size_t detected = 0;
  for (const std::vector<sim::Span>& trace : traces) {
    const json spans = json::parse(sim::otlp_json(trace, "bank-api"))
                           .at("resourceSpans")
                           .at(0)
                           .at("scopeSpans")
                           .at(0)
                           .at("spans");
    const json& root = spans.at(0);
    EXPECT_EQ(root.at("name"), "transfer");
    EXPECT_THAT(root.at("traceId").get<std::string>(), testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_FALSE(root.contains("parentSpanId"));
    EXPECT_TRUE(attribute(root, "transfer.id").at("stringValue").is_string());
    EXPECT_EQ(attribute(root, "transfer.from_account").at("stringValue"), "alice");
    EXPECT_TRUE(attribute(root, "transfer.to_account").at("stringValue").is_string());
    EXPECT_EQ(attribute(root, "transfer.amount").at("doubleValue"), 800.0);
    EXPECT_EQ(attribute(root, "transfer.from_balance_before").at("doubleValue"), 1000.0);
    EXPECT_TRUE(attribute(root, "transfer.to_balance_after").at("doubleValue").is_number_float());
    EXPECT_TRUE(attribute(root, "transfer.thread_id").at("stringValue").is_string());
    EXPECT_TRUE(attribute(root, "transfer.duration_ms").at("doubleValue").is_number_float());
    EXPECT_EQ(attribute(root, "transfer.using_locks").at("boolValue"), false);
    const double after = attribute(root, "transfer.from_balance_after").at("doubleValue");
    const json race = attribute(root, "race_condition.detected");
    if (after < 0) {
      ++detected;
      EXPECT_EQ(race.at("boolValue"), true);
      EXPECT_EQ(attribute(root, "race_condition.negative_balance").at("doubleValue"), -600.0);
    } else {
      EXPECT_TRUE(race.is_null());
    }
    std::vector<std::string> steps;
    for (std::size_t i = 1; i < spans.size(); ++i) {
      const json& step = spans.at(i);
      steps.push_back(step.at("name"));
      EXPECT_EQ(step.at("parentSpanId"), root.at("spanId"));
      EXPECT_EQ(step.at("traceId"), root.at("traceId"));
      EXPECT_LE(root.at("startTimeUnixNano"), step.at("startTimeUnixNano"));
      EXPECT_LE(step.at("endTimeUnixNano"), root.at("endTimeUnixNano"));
    }
    EXPECT_THAT(steps, testing::ElementsAre("read", "delay", "check", "delay", "barrier", "deduct",
                                            "credit"));
  }
  EXPECT_EQ(detected, 1U);
}

TEST_F(OtlpTest, SendsInBatchesAndTheRestAtTheEnd) {
  Collector collector{200};
  {
    OtlpLimits limits;
    limits.batch_max = 10;
    OtlpExporter exporter{collector.endpoint(), "bank-api", metrics_, log_, limits};
    for (int i = 0; i < 25; ++i) exporter.add({small_span()});
  }
  EXPECT_EQ(collector.spans(), 25U) << text_.str();
  EXPECT_LE(collector.requests(), 25U);
  EXPECT_EQ(value("otlp_spans_sent_total"), 25);
  EXPECT_EQ(value("otlp_spans_dropped_total"), 0);
}

TEST_F(OtlpTest, CountsWhatACollectorRefuses) {
  Collector collector{503};
  {
    OtlpExporter exporter{collector.endpoint(), "bank-api", metrics_, log_, {}};
    exporter.add({small_span(), small_span()});
  }
  EXPECT_EQ(value("otlp_spans_dropped_total"), 2);
  EXPECT_THAT(text_.str(), HasSubstr("answers 503"));
}

TEST_F(OtlpTest, DropsWhatDoesNotFitTheQueueOfACollectorThatDoesNotAnswer) {
  // This collector listens but never responds.
  const auto silent = std::get<Listener>(listen_on("127.0.0.1", 0));
  {
    OtlpLimits limits;
    limits.queue_max = 5;
    limits.batch_max = 5;
    limits.request_time = std::chrono::milliseconds{100};
    OtlpExporter exporter{{fmt::format("http://127.0.0.1:{}", silent.port), "/v1/traces"},
                          "bank-api",
                          metrics_,
                          log_,
                          limits};
    for (int i = 0; i < 50; ++i) exporter.add({small_span()});
  }
  EXPECT_EQ(value("otlp_spans_dropped_total"), 50);
  EXPECT_EQ(value("otlp_spans_sent_total"), 0);
}

/// Sends the same response to each request, and keeps the last request.
class Answering {
 public:
  Answering(int status, std::string body)
      : server_(std::get<Listener>(listen_on("127.0.0.1", 0)),
                [this, status, text = std::move(body)](const Request& request) {
                  const std::lock_guard lock{mutex_};
                  last_ = request;
                  return Response{status, text, "application/json", {}};
                },
                {}) {}

  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}", server_.port());
  }
  Request last() {
    const std::lock_guard lock{mutex_};
    return last_;
  }

 private:
  std::mutex mutex_;
  Request last_;
  Server server_;
};

TEST(PostSpans, DeliversARequestAsItIs) {
  const std::string request = sim::otlp_json({small_span()}, "racelab-sim");
  for (const char* const body :
       {"{}", "", "{\"partialSuccess\":{}}", "{\"partialSuccess\":{\"rejectedSpans\":\"0\"}}"}) {
    Answering collector{200, body};
    EXPECT_EQ(post_spans(collector.url(), request), "") << body;
    EXPECT_EQ(collector.last().method, "POST");
    EXPECT_EQ(collector.last().path, "/v1/traces");
    EXPECT_EQ(collector.last().body, request);
  }
}

TEST(PostSpans, SaysWhatACollectorSays) {
  for (const auto& [status, body, why] :
       {std::tuple{400, "no\nsuch field\n", "it answered with status 400: no such field"},
        std::tuple{404, "not here",
                   "it answered with status 404: not here; give the collector's base address"},
        std::tuple{503, "{}", "it answered with status 503: {}"},
        std::tuple{200, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})",
                   "it rejected 3 of the spans: too old"},
        std::tuple{200, "<!doctype html>",
                   "the server there is not a collector, it answered: <!doctype"},
        std::tuple{200, R"({"partialSuccess":{"rejectedSpans":1,"errorMessage":7}})",
                   "it rejected 1 of the spans: it gave no reason"}}) {
    Answering collector{status, body};
    EXPECT_THAT(post_spans(collector.url(), "{}"),
                testing::StartsWith(fmt::format("{}/v1/traces: {}", collector.url(), why)));
  }
}

TEST(PostSpans, CutsALongAnswer) {
  Answering collector{500, std::string(100'000, 'x')};
  EXPECT_LT(post_spans(collector.url(), "{}").size(), 500U);
}

TEST(PostSpans, SaysThatNobodyListens) {
  int port = 0;
  {
    const auto closed = std::get<Listener>(listen_on("127.0.0.1", 0));
    port = closed.port;
  }
  const std::string problem = post_spans(fmt::format("http://127.0.0.1:{}", port), "{}");
  EXPECT_THAT(problem, HasSubstr(fmt::format("http://127.0.0.1:{}/v1/traces", port)));
  EXPECT_THAT(problem, HasSubstr("nothing accepts connections there"));
  EXPECT_THAT(problem, HasSubstr("4318"));
}

TEST(PostSpans, SaysWhatIsWrongWithAnAddress) {
  EXPECT_THAT(post_spans("http://localhost:4317", "{}"), HasSubstr("gRPC"));
  EXPECT_THAT(post_spans("localhost:4318", "{}"), HasSubstr("http://"));
}

TEST(OtlpEndpoint, IsABaseToWhichThePathIsAdded) {
  for (const auto& [text, base, path] :
       {std::tuple{"http://localhost:4318", "http://localhost:4318", "/v1/traces"},
        std::tuple{"http://jaeger:4318/", "http://jaeger:4318", "/v1/traces"},
        std::tuple{"https://host/otlp/", "https://host", "/otlp/v1/traces"},
        std::tuple{"http://[::1]:4318", "http://[::1]:4318", "/v1/traces"}}) {
    const auto parsed = parse_otlp_endpoint(text);
    ASSERT_TRUE(std::holds_alternative<OtlpEndpoint>(parsed)) << text;
    EXPECT_EQ(std::get<OtlpEndpoint>(parsed).base, base);
    EXPECT_EQ(std::get<OtlpEndpoint>(parsed).path, path);
  }
}

TEST(OtlpEndpoint, SaysWhatIsWrongWithIt) {
  for (const auto& [text, why] :
       {std::pair{"http://jaeger:4317", "4318"}, std::pair{"localhost:4318", "http://"},
        std::pair{"grpc://localhost:4318", "http://"}, std::pair{"http://", "has no host"},
        std::pair{"http://:4318", "has no host"}, std::pair{"http://host:x", "port"},
        std::pair{"http://host:0", "port"}, std::pair{"http://host:70000", "port"},
        std::pair{"http://host:", "port"}}) {
    const auto parsed = parse_otlp_endpoint(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_THAT(std::get<std::string>(parsed), HasSubstr(why));
  }
}

}  // namespace
}  // namespace http
