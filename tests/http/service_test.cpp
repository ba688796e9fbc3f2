// The complete lab, through sockets.

#include <http/service/service.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/http/client.hpp>

namespace http {
namespace {

using http_test::Answer;
using http_test::Client;
using http_test::eventually;
using http_test::get;
using http_test::post;
using http_test::transfer_body;
using std::chrono::milliseconds;
using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  void start(ServiceOptions options = {}) {
    options.port = 0;
    auto started = Service::start(options, log_);
    service_ = std::move(std::get<std::unique_ptr<Service>>(started));
    port_ = service_->port();
  }
  [[nodiscard]] double value(std::string_view series) const {
    return http_test::metric(get(port_, "/metrics").body, series);
  }
  [[nodiscard]] double balance(const std::string& account) const {
    return get(port_, "/accounts/" + account).json().at("balance");
  }
  /// Sends transfers from alice that have to wait, each on its own thread.
  void send_transfers(int count, std::vector<Answer>& answers) {
    answers.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, &answer = answers[static_cast<std::size_t>(i)], i] {
        answer = post(port_, "/transfer", transfer_body(i % 2 == 0 ? "bob" : "charlie"));
      });
    }
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  bool waiting(double count) {
    return eventually([&] { return value("barrier_waiting_count") == count; });
  }

  std::ostringstream text_;
  Log log_{text_};
  std::unique_ptr<Service> service_;
  int port_ = 0;
  std::vector<std::thread> threads_;
};

/// Sends two transfers of 800 from alice at once, on two connections that are kept.
class Pair {
 public:
  explicit Pair(int port) : bob_(port), charlie_(port) {}

  /// Returns how many of the two succeeded.
  int run() {
    std::thread other{[&] { first_ = bob_.request("POST", "/transfer", transfer_body("bob")); }};
    const Answer second = charlie_.request("POST", "/transfer", transfer_body("charlie"));
    other.join();
    int successes = 0;
    for (const Answer& answer : {first_, second}) {
      EXPECT_EQ(answer.status, 200);
      successes += answer.json().at("status") == "success" ? 1 : 0;
    }
    return successes;
  }

 private:
  Client bob_;
  Client charlie_;
  Answer first_;
};

TEST_F(ServiceTest, DoubleSpendsInEveryRoundWithTheBarrierAndInNoneWithTheFix) {
  constexpr int kRounds = 200;
  start();
  Client control{port_};
  Pair pair{port_};
  control.request("POST", "/admin/barrier?enabled=true&count=2");
  for (int round = 0; round < kRounds; ++round) {
    control.request("POST", "/reset");
    ASSERT_EQ(pair.run(), 2) << round;
    ASSERT_EQ(control.request("GET", "/accounts/alice").json().at("balance"), -600.0) << round;
  }
  EXPECT_EQ(value("race_condition_hits_total"), kRounds);
  control.request("POST", "/admin/transactions?enabled=true");
  for (int round = 0; round < kRounds; ++round) {
    control.request("POST", "/reset");
    ASSERT_EQ(pair.run(), 1) << round;
    ASSERT_EQ(control.request("GET", "/accounts/alice").json().at("balance"), 200.0) << round;
  }
  EXPECT_EQ(value("race_condition_hits_total"), kRounds);
  EXPECT_EQ(value(R"(transfers_total{service="bank-api",status="insufficient_funds"})"), kRounds);
}

TEST_F(ServiceTest, AnswersWhileSixtyFourWaitAtTheBarrier) {
  start();
  post(port_, "/admin/barrier?enabled=true&count=64");
  std::vector<Answer> answers;
  send_transfers(63, answers);
  ASSERT_TRUE(waiting(63));
  EXPECT_EQ(get(port_, "/health").status, 200);
  EXPECT_EQ(value("concurrent_transfers"), 63);
  EXPECT_EQ(post(port_, "/transfer", transfer_body("bob")).status, 200);
  join();
  for (const Answer& answer : answers) EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(balance("alice"), 1000.0 - 64 * 800);
  EXPECT_EQ(value("race_condition_hits_total"), 63);
}

TEST_F(ServiceTest, ResetInTheMiddleLeavesNoTrace) {
  start();
  post(port_, "/admin/barrier?enabled=true&count=5");
  std::vector<Answer> answers;
  send_transfers(4, answers);
  ASSERT_TRUE(waiting(4));
  EXPECT_EQ(post(port_, "/reset").json().at("status"), "reset");
  join();
  for (const Answer& answer : answers) EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(balance("alice"), 1000);
  EXPECT_EQ(balance("bob"), 500);
  EXPECT_EQ(balance("charlie"), 200);
  EXPECT_TRUE(get(port_, "/transactions").json().at("transactions").empty());
  EXPECT_EQ(value("race_condition_hits_total"), 0);
}

TEST_F(ServiceTest, EndsPromptlyAndAnswersWhoWaits) {
  start();
  post(port_, "/admin/barrier?enabled=true&count=5");
  std::vector<Answer> answers;
  send_transfers(3, answers);
  ASSERT_TRUE(waiting(3));
  const Client idle{port_};
  Client unfinished{port_};
  unfinished.send("POST /transfer HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  service_.reset();
  join();
  for (const Answer& answer : answers) EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(unfinished.is_closed());
}

TEST_F(ServiceTest, GivesUpRequestsThatDoNotEnd) {
  ServiceOptions options;
  options.server.request.read_time = milliseconds{100};
  start(options);
  Client body{port_};
  body.send("POST /transfer HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"from_account\":");
  Client head{port_};
  head.send("GET /health HTT");
  Client chunks{port_};
  chunks.send("POST /transfer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{");
  EXPECT_EQ(get(port_, "/health").status, 200);
  EXPECT_EQ(body.receive().status, 408);
  EXPECT_TRUE(body.is_closed());
  EXPECT_TRUE(head.is_closed());
  EXPECT_EQ(chunks.receive().status, 408);
  EXPECT_EQ(value(R"(transfers_total{service="bank-api",status="success"})"), 0);
}

struct Raw {
  const char* what;
  std::string bytes;
  int status;
};

TEST_F(ServiceTest, RefusesWhatItCannotReadAndClosesTheConnection) {
  start();
  const std::string big(70'000, ' ');
  for (const Raw& row : {
           Raw{"garbage", "hello\r\n\r\n", 400},
           Raw{"binary", std::string(200, '\x01') + "\r\n\r\n", 400},
           Raw{"body too large",
               fmt::format("POST /transfer HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", big.size(),
                           big),
               413},
           Raw{"huge length", "POST /transfer HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{",
               413},
           Raw{"no number", "POST /transfer HTTP/1.1\r\nContent-Length: ten\r\n\r\n{}", 400},
           Raw{"negative", "POST /transfer HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}", 400},
           Raw{"two lengths",
               "POST /reset HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
               400},
           Raw{"compressed",
               "POST /transfer HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
               415},
           Raw{"chunks too large",
               "POST /transfer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n" + big +
                   big + big,
               413},
           Raw{"headers without end",
               "GET /health HTTP/1.1\r\n" +
                   [] {
                     std::string headers;
                     for (int i = 0; i < 20'000; ++i) headers += fmt::format("X-{}: y\r\n", i);
                     return headers;
                   }(),
               413},
           Raw{"long path", "GET /" + std::string(8'200, 'x') + " HTTP/1.1\r\n\r\n", 414},
       }) {
    Client client{port_};
    client.send(row.bytes);
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, row.status) << row.what;
    if (answer.status != 0) {
      EXPECT_TRUE(answer.json().contains("detail")) << row.what;
    }
    EXPECT_TRUE(client.is_closed()) << row.what;
  }
  EXPECT_EQ(get(port_, "/health").status, 200);
}

TEST_F(ServiceTest, SpeaksHttpAsClientsDo) {
  start();
  Client client{port_};
  client.send("POST /reset HTTP/1.1\r\nHost: lab\r\n\r\n");  // curl -X POST sends no length
  EXPECT_EQ(client.receive().status, 200);
  client.send("GET /accounts/alice HTTP/1.1\r\n\r\nGET /accounts/bob HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.receive().json().at("id"), "alice");
  EXPECT_EQ(client.receive().json().at("id"), "bob");
  client.send("POST /transfer HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" +
              fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", transfer_body("bob", "1").size(),
                          transfer_body("bob", "1")));
  EXPECT_EQ(client.receive().json().at("status"), "success");
  client.send("POST /transfer HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
              fmt::format("Content-Length: {}\r\n\r\n{}", transfer_body("bob", "1").size(),
                          transfer_body("bob", "1")));
  EXPECT_EQ(client.receive().json().at("status"), "success");
  client.send("HEAD /docs/swagger-ui.css HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.is_closed());
  Client old{port_};
  old.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.is_closed());
  Client path{port_};
  EXPECT_EQ(path.request("GET", "/" + std::string(8'000, 'x')).status, 404);
  EXPECT_EQ(path.request("GET", "/accounts/al%69ce").json().at("id"), "alice");
  EXPECT_EQ(path.request("GET", "/a%0Ab").status, 404);
  const Answer trace = path.request("TRACE", "/accounts");
  EXPECT_EQ(trace.status, 405);
  EXPECT_THAT(trace.head, HasSubstr("Allow: GET, HEAD, OPTIONS"));
}

TEST_F(ServiceTest, ServesOthersBesideAThousandIdleConnections) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < 3'000) GTEST_SKIP() << "this system gives a process too few files";
  start();
  std::vector<Client> idle;
  for (int i = 0; i < 1'000; ++i) {
    idle.emplace_back(port_);
    // Half of them have already sent a request.
    if (i % 2 == 0) {
      EXPECT_EQ(idle.back().request("GET", "/health").status, 200);
    }
  }
  EXPECT_EQ(get(port_, "/health").status, 200);
  EXPECT_EQ(idle.front().request("GET", "/health").status, 200);
  EXPECT_EQ(idle.back().request("GET", "/health").status, 200);
}

TEST_F(ServiceTest, ClosesAnIdleConnectionForANewOne) {
  ServiceOptions options;
  options.server.connections_max = 4;
  start(options);
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(port_).request("GET", "/health");
  // A connection becomes idle a moment after its client has read the response.
  Answer answer;
  ASSERT_TRUE(eventually([&] {
    answer = get(port_, "/health");
    return answer.status != 503;
  }));
  EXPECT_EQ(answer.status, 200);
  const auto closed = std::count_if(clients.begin(), clients.end(), [](Client& client) {
    return client.request("GET", "/health").status == 0;
  });
  EXPECT_EQ(closed, 1);
}

TEST_F(ServiceTest, RefusesAConnectionWhereAllAreBusy) {
  ServiceOptions options;
  options.server.connections_max = 4;
  options.lab.settings.barrier_enabled = true;
  options.lab.settings.barrier_count = 9;
  start(options);
  std::vector<Client> busy;
  for (int i = 0; i < 4; ++i) busy.emplace_back(port_).request("GET", "/health");
  const std::string body = transfer_body("bob");
  for (const Client& client : busy) {
    client.send(
        fmt::format("POST /transfer HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
  }
  Client refused{port_};
  const Answer answer = refused.request("GET", "/health");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.json().at("detail").get<std::string>(), HasSubstr("busy"));
  EXPECT_TRUE(refused.is_closed());
  // A request that was not read before the server stops gets no response.
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  service_.reset();
  for (Client& client : busy) EXPECT_EQ(client.receive().status, 200);
}

TEST_F(ServiceTest, ClosesIdleConnectionsAfterATime) {
  ServiceOptions options;
  options.server.request.idle_time = std::chrono::seconds{0};
  start(options);
  Client silent{port_};
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(ServiceTest, SaysThatAPortIsInUse) {
  start();
  ServiceOptions second;
  second.port = port_;
  const auto started = Service::start(second, log_);
  ASSERT_TRUE(std::holds_alternative<std::string>(started));
  EXPECT_THAT(std::get<std::string>(started), HasSubstr("Address already in use"));
  second.host = "no such host";
  EXPECT_TRUE(std::holds_alternative<std::string>(Service::start(second, log_)));
}

}  // namespace
}  // namespace http
