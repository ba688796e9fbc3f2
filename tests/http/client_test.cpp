#include <http/server/client.hpp>

#include <chrono>
#include <string>
#include <variant>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <http/server/listener.hpp>
#include <http/server/refusal.hpp>
#include <http/server/server.hpp>

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(Url, IsTakenApart) {
  const auto parts = [](const std::string& text) {
    const auto url = std::get<Url>(parse_url(text));
    return url.base + " " + url.target;
  };
  EXPECT_EQ(parts("http://localhost:8000"), "http://localhost:8000 /");
  EXPECT_EQ(parts("http://localhost:8000/admin/x?limit=5#top"),
            "http://localhost:8000 /admin/x?limit=5");
  EXPECT_EQ(parts("https://lab.example?x=1"), "https://lab.example /?x=1");
  EXPECT_EQ(parts("http://[::1]:80/a"), "http://[::1]:80 /a");
}

TEST(Url, SaysWhatIsWrongWithIt) {
  const auto problem = [](const std::string& text) {
    return std::get<std::string>(parse_url(text));
  };
  EXPECT_EQ(problem("ftp://x"), "\"ftp://x\": must begin with http:// or https://");
  EXPECT_THAT(problem("http://"), HasSubstr("has no host"));
  EXPECT_THAT(problem("http://:80/"), HasSubstr("has no host"));
  EXPECT_THAT(problem("http://x:0/"), HasSubstr("port"));
  EXPECT_THAT(problem("http://x:65536/"), HasSubstr("port"));
  EXPECT_THAT(problem("http://x:8o/"), HasSubstr("port"));
  EXPECT_THAT(problem("http://me@x/"), HasSubstr("user's name"));
  EXPECT_THAT(problem("http://x/a b"), HasSubstr("blanks"));
}

/// A server that sends back the request.
class Echo {
 public:
  Echo()
      : server_(std::get<Listener>(listen_on("127.0.0.1", 0)),
                [](const Request& request) {
                  if (request.path == "/refused") return refusal(409, "not now");
                  return Response{200,
                                  fmt::format("{} {} [{}] {}", request.method, request.path,
                                              request.authorization, request.body),
                                  "text/plain",
                                  {}};
                },
                {}) {}

  [[nodiscard]] std::string base() const {
    return fmt::format("http://127.0.0.1:{}", server_.port());
  }
  void stop() { server_.stop(); }

 private:
  Server server_;
};

TEST(Client, SendsHeadersAndBodyOnOneConnection) {
  const Echo echo;
  Client client{echo.base(), milliseconds{10'000}};
  EXPECT_EQ(client.get("/a").body, "GET /a [] ");
  EXPECT_EQ(client.get("/a", authorization("secret")).body, "GET /a [Bearer secret] ");
  const Answer answer = client.post("/b", "{}", "application/json", authorization(""));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /b [] {}");
  EXPECT_EQ(answer.problem, "");
  EXPECT_EQ(problem_of(client.get("/refused")), "it answered with status 409: not now");
}

TEST(Client, SaysWhyNoAnswerCame) {
  Echo echo;
  const std::string base = echo.base();
  Client client{base, milliseconds{10'000}};
  EXPECT_EQ(client.get("/a").status, 200);
  echo.stop();
  EXPECT_EQ(client.get("/a").status, 0);
  EXPECT_EQ(problem_of(Client(base, milliseconds{10'000}).get("/a")),
            "nothing accepts connections there");
}

TEST(Client, FetchesTextAndSendsTheTokenWhereItBelongs) {
  const Echo echo;
  const auto fetch = [&](const std::string& target) {
    return fetch_text(echo.base() + target, milliseconds{10'000}, "secret");
  };
  EXPECT_EQ(std::get<0>(fetch("/admin/recording")), "GET /admin/recording [Bearer secret] ");
  EXPECT_EQ(std::get<0>(fetch("/elsewhere")), "GET /elsewhere [] ");
  EXPECT_EQ(std::get<1>(fetch("/refused")),
            echo.base() + "/refused: it answered with status 409: not now");
  EXPECT_THAT(std::get<1>(fetch_text("http://x:0", milliseconds{1})), HasSubstr("port"));
}

}  // namespace
}  // namespace http
