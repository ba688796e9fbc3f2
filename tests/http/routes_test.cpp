#include <http/api/routes.hpp>

#include <ostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace http {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;

/// A complete lab that is called without sockets.
struct Bank {
  explicit Bank(std::string token = "") : routes{lab, metrics, "bank-api", std::move(token)} {}

  Response call(const std::string& method, const std::string& target, const std::string& body = "",
                const std::string& authorization = "") const {
    return routes.handle(
        {method, target.substr(0, target.find('?')), query_of(target), authorization, body});
  }
  [[nodiscard]] json get(const std::string& target) const {
    return json::parse(call("GET", target).body);
  }
  [[nodiscard]] json post(const std::string& target, const std::string& body = "") const {
    return json::parse(call("POST", target, body).body);
  }
  /// Returns everything that a refused request must not change.
  [[nodiscard]] std::string state() const {
    return call("GET", "/accounts").body + call("GET", "/transactions?limit=100").body +
           call("GET", "/admin/settings").body + call("GET", "/metrics").body;
  }

  std::ostringstream text;
  Log log{text};
  Metrics metrics{"bank-api"};
  Lab lab{{}, metrics, log};
  Routes routes;
};

TEST(Routes, AnswerAsTheContractSays) {
  const Bank bank;
  EXPECT_EQ(bank.call("GET", "/health").body, R"({"status":"ok","service":"bank-api"})");
  EXPECT_EQ(bank.call("GET", "/accounts").body,
            R"({"accounts":[{"id":"alice","balance":1000.0},{"id":"bob","balance":500.0},)"
            R"({"id":"charlie","balance":200.0}]})");
  EXPECT_EQ(bank.call("GET", "/accounts/bob").body, R"({"id":"bob","balance":500.0})");
  EXPECT_EQ(bank.call("GET", "/transactions").body, R"({"transactions":[]})");
  EXPECT_EQ(bank.call("POST", "/reset").body,
            R"({"status":"reset","accounts":[{"id":"alice","balance":1000.0},)"
            R"({"id":"bob","balance":500.0},{"id":"charlie","balance":200.0}]})");
  EXPECT_EQ(bank.call("GET", "/admin/settings").body,
            R"({"delay_enabled":false,"delay_ms":100,"barrier_enabled":false,"barrier_count":2,)"
            R"("use_transactions":false,"algorithm":"check-then-act","recording_enabled":true})");
  EXPECT_EQ(bank.call("GET", "/").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(bank.call("GET", "/docs").content_type, "text/html; charset=utf-8");
  EXPECT_EQ(bank.get("/openapi.json").at("openapi").get<std::string>().substr(0, 2), "3.");
}

/// Returns the files below /lab/ that a page or a module refers to.
std::vector<std::string> parts_in(const std::string& text) {
  static const std::regex part{R"re(["']\.?(?:/lab)?/([a-z_]+\.(?:js|css))["'])re"};
  std::vector<std::string> parts;
  for (std::sregex_iterator match{text.begin(), text.end(), part}; match != std::sregex_iterator{};
       ++match) {
    parts.push_back("/lab/" + (*match)[1].str());
  }
  return parts;
}

TEST(Routes, ServeThePageAndAllItsParts) {
  const Bank bank{"secret"};
  std::vector<std::string> left{"/"};
  std::set<std::string> seen;
  while (!left.empty()) {
    const std::string path = left.back();
    left.pop_back();
    if (!seen.insert(path).second) continue;
    const Response part = bank.call("GET", path);
    EXPECT_EQ(part.status, 200) << path;
    EXPECT_EQ(part.content_type, path == "/"              ? "text/html; charset=utf-8"
                                 : path.ends_with(".css") ? "text/css; charset=utf-8"
                                                          : "text/javascript; charset=utf-8")
        << path;
    for (std::string& found : parts_in(part.body)) left.push_back(std::move(found));
  }
  EXPECT_EQ(seen.size(), 18U) << "the page, its two styles and 15 modules";
}

TEST(Routes, AnswerATransferWithItsRecord) {
  const Bank bank;
  const json record =
      bank.post("/transfer", R"({"from_account":"alice","to_account":"bob","amount":0.1})");
  std::vector<std::string> names;
  for (const auto& [name, value] : record.items()) names.push_back(name);
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "id", "timestamp", "from_account", "to_account", "amount",
                         "from_balance_before", "from_balance_after", "to_balance_before",
                         "to_balance_after", "status", "thread_id", "duration_ms"));
  EXPECT_THAT(record.at("id").get<std::string>(), MatchesRegex("[0-9a-f]{8}"));
  EXPECT_THAT(record.at("timestamp").get<std::string>(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  EXPECT_EQ(record.at("amount").dump(), "0.1");
  EXPECT_EQ(record.at("from_balance_after").dump(), "999.9");
  EXPECT_EQ(record.at("to_balance_before").dump(), "500.0");
  EXPECT_EQ(record.at("status"), "success");
  EXPECT_TRUE(record.at("thread_id").is_string());
  EXPECT_TRUE(record.at("duration_ms").is_number_float());
  EXPECT_EQ(bank.get("/transactions").at("transactions").at(0), record);
}

TEST(Routes, AnswerATransferWithInsufficientFundsWith200) {
  const Bank bank;
  const Response response = bank.call("POST", "/transfer",
                                      R"({"from_account":"charlie","to_account":"bob",)"
                                      R"("amount":200.01,"note":"ignored"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body).at("status"), "failed_insufficient_funds");
}

TEST(Routes, GiveTheNewestTransactionsOldestFirst) {
  const Bank bank;
  std::vector<json> made;
  for (int i = 0; i < 25; ++i) {
    made.push_back(
        bank.post("/transfer", R"({"from_account":"alice","to_account":"bob","amount":1})"));
  }
  EXPECT_EQ(bank.get("/transactions?limit=2").at("transactions"), json({made[23], made[24]}));
  EXPECT_EQ(bank.get("/transactions?limit=0").at("transactions"), json::array());
  EXPECT_EQ(bank.get("/transactions").at("transactions").size(), 20U);
  EXPECT_EQ(bank.get("/transactions?limit=100").at("transactions").size(), 25U);
}

struct Setting {
  const char* call;
  const char* answer;
};

TEST(Routes, SetWhatTheParametersSayAndElseTheirDefaults) {
  const Bank bank;
  for (const Setting& row : {
           Setting{"/admin/delay?enabled=true&ms=200", R"({"delay_enabled":true,"delay_ms":200})"},
           Setting{"/admin/delay", R"({"delay_enabled":true,"delay_ms":100})"},
           Setting{"/admin/delay?enabled=FALSE&other=1",
                   R"({"delay_enabled":false,"delay_ms":100})"},
           Setting{"/admin/delay?ms=0", R"({"delay_enabled":true,"delay_ms":0})"},
           Setting{"/admin/delay?ms=60000", R"({"delay_enabled":true,"delay_ms":60000})"},
           Setting{"/admin/barrier", R"({"barrier_enabled":true,"barrier_count":2})"},
           Setting{"/admin/barrier?count=256&enabled=0",
                   R"({"barrier_enabled":false,"barrier_count":256})"},
           Setting{"/admin/barrier?enabled=1&count=64",
                   R"({"barrier_enabled":true,"barrier_count":64})"},
           Setting{"/admin/transactions", R"({"use_transactions":true})"},
           Setting{"/admin/transactions?enabled=False", R"({"use_transactions":false})"},
           Setting{"/admin/transactions?enabled=%74rue", R"({"use_transactions":true})"},
       }) {
    const Response response = bank.call("POST", row.call);
    EXPECT_EQ(response.status, 200) << row.call;
    EXPECT_EQ(response.body, row.answer) << row.call;
  }
  EXPECT_EQ(bank.get("/admin/settings").at("algorithm"), "ordered-locks");
}

TEST(Routes, TakeAnySubsetOfTheSettingsAndAnswerAllOfThem) {
  const Bank bank;
  json settings = bank.post("/admin/settings", R"({"delay_ms":7,"algorithm":"optimistic"})");
  EXPECT_EQ(settings.at("delay_ms"), 7);
  EXPECT_EQ(settings.at("algorithm"), "optimistic");
  EXPECT_EQ(settings.at("use_transactions"), false);
  EXPECT_EQ(bank.post("/admin/settings", settings.dump()), settings);
  settings["use_transactions"] = true;
  EXPECT_EQ(bank.post("/admin/settings", settings.dump()).at("algorithm"), "ordered-locks");
  EXPECT_EQ(bank.post("/admin/settings", "{}"), bank.get("/admin/settings"));
}

struct Refused {
  std::string method;
  std::string target;
  std::string body;
  int status;
  std::string detail;  ///< a part of it
};

void PrintTo(const Refused& row, std::ostream* out) {
  *out << row.method << " " << row.target << " " << row.body;
}

class RoutesRefuse : public testing::TestWithParam<Refused> {};

TEST_P(RoutesRefuse, SayingWhatIsWrongAndChangingNothing) {
  const Bank bank;
  const std::string before = bank.state();
  const Response response = bank.call(GetParam().method, GetParam().target, GetParam().body);
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_EQ(response.content_type, "application/json");
  const json body = json::parse(response.body);
  EXPECT_EQ(body.size(), 1U);
  EXPECT_THAT(body.at("detail").get<std::string>(), HasSubstr(GetParam().detail));
  EXPECT_EQ(bank.state(), before);
}

Refused transfer(const std::string& body, int status, const std::string& detail) {
  return {"POST", "/transfer", body, status, detail};
}
Refused amount(const std::string& amount, const std::string& detail) {
  return transfer(R"({"from_account":"alice","to_account":"bob","amount":)" + amount + "}", 422,
                  detail);
}
Refused settings(const std::string& body, const std::string& detail) {
  return {"POST", "/admin/settings", body, 422, detail};
}

INSTANTIATE_TEST_SUITE_P(
    Transfers, RoutesRefuse,
    testing::Values(
        transfer("", 400, "not valid JSON at byte"), transfer("{", 400, "not valid JSON at byte"),
        transfer("{\"from_account\":\"\xff\"}", 400, "not valid JSON at byte"),
        transfer(R"({"amount":NaN})", 400, "not valid JSON at byte"),
        transfer(R"({"amount":Infinity})", 400, "not valid JSON at byte"),
        transfer(R"({"amount":1} x)", 400, "not valid JSON at byte"),
        transfer(std::string(60'000, '['), 400, "not valid JSON at byte"),
        transfer("[]", 422, "must be a JSON object, not an array"),
        transfer("null", 422, "must be a JSON object"), transfer("1e999", 422, "too large"),
        transfer("{}", 422, "body.from_account: is missing"),
        transfer(R"({"from_account":1,"to_account":"bob","amount":1})", 422,
                 "body.from_account: must be a string"),
        transfer(R"({"from_account":"","to_account":"bob","amount":1})", 422,
                 "body.from_account: must not be empty"),
        transfer(R"({"from_account":"alice","amount":1})", 422, "body.to_account: is missing"),
        transfer(R"({"from_account":"alice","to_account":null,"amount":1})", 422,
                 "body.to_account: must be a string"),
        transfer(R"({"from_account":"alice","to_account":"alice","amount":1})", 422,
                 "must differ from from_account"),
        transfer(R"({"from_account":"alice","to_account":"bob"})", 422, "body.amount: is missing"),
        transfer(R"({"from_account":"zoe","to_account":"bob","amount":1})", 404,
                 "body.from_account: there is no account \"zoe\""),
        transfer(R"({"from_account":"alice","to_account":"Bob","amount":1})", 404,
                 "body.to_account: there is no account \"Bob\""),
        amount("\"1\"", "must be a number"), amount("true", "must be a number"),
        amount("null", "must be a number"), amount("[1]", "must be a number"),
        amount("0", "greater than 0"), amount("-0.0", "greater than 0"),
        amount("-1", "greater than 0"), amount("-9223372036854775808", "greater than 0"),
        amount("1e999", "too large"), amount("1e300", "at most"),
        amount("90071992547409.92", "at most"), amount("18446744073709551615", "at most"),
        amount("0.001", "whole cents"), amount("1e-320", "whole cents"),
        amount("10.005", "whole cents"), amount("0.30000000000000004", "whole cents")));

INSTANTIATE_TEST_SUITE_P(
    Parameters, RoutesRefuse,
    testing::Values(Refused{"POST", "/admin/delay?enabled=yes", "", 422, "query.enabled"},
                    Refused{"POST", "/admin/delay?enabled=", "", 422, "query.enabled"},
                    Refused{"POST", "/admin/delay?ms=-1", "", 422, "query.ms"},
                    Refused{"POST", "/admin/delay?ms=60001", "", 422, "from 0 to 60000"},
                    Refused{"POST", "/admin/delay?ms=1.5", "", 422, "query.ms"},
                    Refused{"POST", "/admin/delay?ms=", "", 422, "query.ms"},
                    Refused{"POST", "/admin/delay?ms=99999999999999999999", "", 422, "query.ms"},
                    Refused{"POST", "/admin/delay?enabled=true&ms=x", "", 422, "query.ms"},
                    Refused{"POST", "/admin/barrier?count=0", "", 422, "from 1 to 256"},
                    Refused{"POST", "/admin/barrier?count=257", "", 422, "query.count"},
                    Refused{"POST", "/admin/barrier?count=2%20", "", 422, "query.count"},
                    Refused{"POST", "/admin/transactions?enabled=2", "", 422, "query.enabled"},
                    Refused{"GET", "/transactions?limit=-1", "", 422, "query.limit"},
                    Refused{"GET", "/transactions?limit=many", "", 422, "query.limit"}));

INSTANTIATE_TEST_SUITE_P(
    Settings, RoutesRefuse,
    testing::Values(settings(R"({"delay_ms":5,"colour":"red"})", "body.colour: is not a setting"),
                    settings(R"({"delay_ms":5,"barrier_count":0})", "body.barrier_count"),
                    settings(R"({"delay_ms":"5"})", "body.delay_ms: must be a whole number"),
                    settings(R"({"delay_ms":1.5})", "body.delay_ms"),
                    settings(R"({"delay_ms":true})", "body.delay_ms"),
                    settings(R"({"delay_ms":60001})", "body.delay_ms"),
                    settings(R"({"delay_enabled":1})", "body.delay_enabled: must be true or false"),
                    settings(R"({"use_transactions":null})", "body.use_transactions"),
                    settings(R"({"algorithm":"magic"})", "\"check-then-act\""),
                    settings(R"({"algorithm":1})", "body.algorithm"),
                    settings(R"({"delay_ms":5,"use_transactions":true,"algorithm":"optimistic"})",
                             "contradict"),
                    settings("[]", "must be a JSON object"),
                    Refused{"POST", "/admin/settings", "", 400, "not valid JSON at byte"}));

INSTANTIATE_TEST_SUITE_P(
    Paths, RoutesRefuse,
    testing::Values(Refused{"GET", "/accounts/zoe", "", 404, "no account \"zoe\""},
                    Refused{"GET", "/accounts/\xff", "", 404, "no account"},
                    Refused{"GET", "/accounts/", "", 404, "there is no /accounts/"},
                    Refused{"GET", "/accounts/alice/x", "", 404, "there is no"},
                    Refused{"GET", "/nowhere", "", 404, "there is no /nowhere"},
                    Refused{"GET", "/transfer", "", 405, "POST"},
                    Refused{"GET", "/reset", "", 405, "POST"},
                    Refused{"POST", "/accounts", "", 405, "GET"},
                    Refused{"DELETE", "/accounts/alice", "", 405, "GET"}));

TEST(Routes, SayWhatAPathAllows) {
  const Bank bank;
  const std::pair<std::string, std::string> get{"Allow", "GET, HEAD, OPTIONS"};
  const std::pair<std::string, std::string> both{"Allow", "GET, HEAD, POST, OPTIONS"};
  EXPECT_THAT(bank.call("PUT", "/accounts").headers, testing::Contains(get));
  EXPECT_THAT(bank.call("PUT", "/admin/settings").headers, testing::Contains(both));
  const Response options = bank.call("OPTIONS", "/admin/settings");
  EXPECT_EQ(options.status, 200);
  EXPECT_THAT(options.headers, testing::Contains(both));
  EXPECT_EQ(bank.call("OPTIONS", "/nowhere").status, 404);
  EXPECT_EQ(bank.call("HEAD", "/accounts").status, 200);
}

TEST(Routes, AskForTheTokenWhereOneIsSet) {
  const Bank bank{"s3cret"};
  for (const char* authorization : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets",
                                    "Bearer S3cret", "s3cret", "Basic s3cret"}) {
    for (const char* path : {"/reset", "/admin/delay", "/admin/settings", "/admin/nowhere"}) {
      const Response response = bank.call("POST", path, "", authorization);
      EXPECT_EQ(response.status, 401) << path << " " << authorization;
      EXPECT_THAT(response.body, HasSubstr("detail"));
    }
  }
  EXPECT_EQ(bank.call("POST", "/reset", "", "Bearer s3cret").status, 200);
  EXPECT_EQ(bank.call("GET", "/admin/settings", "", "bearer s3cret").status, 200);
  EXPECT_EQ(bank.call("GET", "/accounts").status, 200);
  EXPECT_EQ(bank.call("GET", "/metrics").status, 200);
}

TEST(Routes, ShowAllSeriesAtZeroBeforeTheFirstTransfer) {
  const Bank bank;
  const Response response = bank.call("GET", "/metrics");
  EXPECT_THAT(response.content_type, HasSubstr("text/plain; version=0.0.4"));
  for (const char* series : {R"(transfers_total{service="bank-api",status="success"} 0)",
                             R"(transfers_total{service="bank-api",status="insufficient_funds"} 0)",
                             R"(race_condition_hits_total{service="bank-api"} 0)",
                             R"(double_spend_detected_total{service="bank-api"} 0)",
                             R"(account_balance{account_id="alice",service="bank-api"} 1000)",
                             R"(account_balance{account_id="bob",service="bank-api"} 500)",
                             R"(account_balance{account_id="charlie",service="bank-api"} 200)",
                             R"(transfer_duration_seconds_count{service="bank-api"} 0)",
                             R"(transfer_duration_seconds_bucket{service="bank-api",le="0.01"} 0)",
                             R"(transfer_duration_seconds_bucket{service="bank-api",le="0.025"} 0)",
                             R"(transfer_duration_seconds_bucket{service="bank-api",le="5"} 0)",
                             R"(concurrent_transfers{service="bank-api"} 0)",
                             R"(barrier_waiting_count{service="bank-api"} 0)",
                             R"(otlp_spans_dropped_total{service="bank-api"} 0)"}) {
    EXPECT_THAT(response.body, HasSubstr(std::string{"\n"} + series + "\n"));
  }
}

}  // namespace
}  // namespace http
