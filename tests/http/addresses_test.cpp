// Commands that read a schedule from an address.

#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <http/server/listener.hpp>
#include <http/server/refusal.hpp>
#include <http/server/server.hpp>
#include <tests/tools/fixture.hpp>

namespace racelab_test {
namespace {

using testing::HasSubstr;

/// Serves schedules and other texts.
class AddressesTest : public InFreshDirectory {
 protected:
  [[nodiscard]] std::string address(const std::string& target) const {
    return fmt::format("http://127.0.0.1:{}{}", server_.port(), target);
  }

 private:
  static http::Response answer(const http::Request& request) {
    const std::string file = RACELAB_ROOT "/schedules/bank-double-spend/negative-balance.schedule";
    if (request.path == "/last-race" || request.path == "/x.schedule" || request.path == "/") {
      return {200, read_file(file), "text/plain", {}};
    }
    if (request.path == "/bad") return {200, "racelab schedule 1\n\n1 read\n", "text/plain", {}};
    return http::refusal(404, "nothing was recorded");
  }

  http::Server server_{std::get<http::Listener>(http::listen_on("127.0.0.1", 0)), answer, {}};
};

TEST_F(AddressesTest, ReplayAndShow) {
  const Finished replayed = run_racelab({"replay", address("/last-race")});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("the recorded outcome happened again"));
  const Finished shown = run_racelab({"show", address("/last-race?x=1")});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("alice = -600.00"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(AddressesTest, ShrinkWritesAFileHereNamedAfterTheAddress) {
  const Finished first = run_racelab({"shrink", address("/last-race?x=1")});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("recorded in last-race-shrunk.schedule"));
  EXPECT_EQ(run_racelab({"shrink", address("/x.schedule")}).code, 0);
  EXPECT_TRUE(exists("x-shrunk.schedule"));
  EXPECT_EQ(run_racelab({"shrink", address("/")}).code, 0);
  EXPECT_TRUE(exists("schedule-shrunk.schedule"));
  EXPECT_EQ(run_racelab({"shrink", address("/"), "--out", "mine.schedule"}).code, 0);
  EXPECT_TRUE(exists("mine.schedule"));
}

TEST_F(AddressesTest, SayWhatIsWrongAndWhere) {
  const Finished bad = run_racelab({"replay", address("/bad")});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr(address("/bad") + ":3:"));
  const Finished missing = run_racelab({"replay", address("/none")});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.err, fmt::format("racelab: {}: it answered with status 404: nothing was "
                                     "recorded\n",
                                     address("/none")));
  const Finished silent = run_racelab({"replay", "http://127.0.0.1:1/x"});
  EXPECT_EQ(silent.code, 2);
  EXPECT_EQ(silent.err, "racelab: http://127.0.0.1:1/x: nothing accepts connections there\n");
  const Finished wrong = run_racelab({"replay", "http://127.0.0.1:x/"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("its port must be a number from 1 to 65535"));
}

}  // namespace
}  // namespace racelab_test
