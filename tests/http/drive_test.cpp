// `racelab drive` against `racelab serve`, and against servers that misbehave.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <http/server/listener.hpp>
#include <http/server/server.hpp>
#include <tests/http/client.hpp>
#include <tests/tools/fixture.hpp>

namespace racelab_test {
namespace {

namespace fs = std::filesystem;

using http_test::eventually;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kDoubleSpend =
    RACELAB_ROOT "/schedules/bank-double-spend/negative-balance.schedule";

/// A running `racelab serve` whose log is in a file.
class Served {
 public:
  Served(const fs::path& directory, const std::string& token)
      : log_(directory / "lab.log"), process_(command(), surroundings(directory, log_, token)) {
    const std::string begin = "The lab runs at ";
    EXPECT_TRUE(eventually([&] {
      const std::string said = fs::exists(log_) ? read_file(log_) : "";
      const std::size_t at = said.find(begin);
      const std::size_t end = at == std::string::npos ? at : said.find('\n', at);
      if (end == std::string::npos) return false;
      url_ = said.substr(at + begin.size(), end - at - begin.size());
      return true;
    })) << "racelab serve does not say where it runs";
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] int port() const { return std::stoi(url_.substr(url_.rfind(':') + 1)); }

 private:
  static std::vector<std::string> command() { return {RACELAB_COMMAND, "serve", "--port", "0"}; }
  static Surroundings surroundings(const fs::path& directory, const fs::path& log,
                                   const std::string& token) {
    Surroundings surroundings{directory};
    surroundings.before = [log, token] {
      ::alarm(300);
      // Not a pipe: the test does not read it while the server runs.
      const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
      ::dup2(file, STDOUT_FILENO);
      ::dup2(file, STDERR_FILENO);
      ::setenv("LAB_ADMIN_TOKEN", token.c_str(), 1);
    };
    return surroundings;
  }

  fs::path log_;
  Process process_;
  std::string url_;
};

class DriveTest : public InFreshDirectory {
 protected:
  Served& serve(const std::string& token = "") {
    fs::create_directory(here() / "server");
    return served_.emplace(here() / "server", token);
  }
  [[nodiscard]] Finished drive(std::vector<std::string> arguments, const std::string& url) const {
    arguments.insert(arguments.begin(), "drive");
    arguments.insert(arguments.end(), {"--url", url});
    Surroundings plain = surroundings();
    plain.before = [] { ::unsetenv("LAB_ADMIN_TOKEN"); };
    return run(racelab(std::move(arguments)), plain);
  }
  [[nodiscard]] Finished drive(std::vector<std::string> arguments) const {
    return drive(std::move(arguments), served_->url());
  }

  std::optional<Served> served_;
};

TEST_F(DriveTest, ShowsTheStepsTheThreadsAndTheBalancesOfBothWorlds) {
  serve();
  const Finished finished = drive({kDoubleSpend});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(finished.out, StartsWith("what happened on the server:\n\n"));
  EXPECT_THAT(finished.out,
              testing::ContainsRegex(
                  "alice to bob 800.00, thread [0-9]+ +alice to charlie 800.00, thread [0-9]+\n"));
  EXPECT_THAT(finished.out, HasSubstr("deduct alice.balance = -600.00"));
  EXPECT_THAT(finished.out, HasSubstr("balance of     simulated          live\n"
                                      "alice            -600.00       -600.00\n"
                                      "bob              1300.00       1300.00\n"
                                      "charlie          1000.00       1000.00\n"));
  EXPECT_THAT(finished.out,
              HasSubstr("simulated  invariant \"no account is negative\": alice = -600.00\n"
                        "SIMULATOR AND SERVER AGREE: 6 steps, their values, the end and the "
                        "balances\n"));
  EXPECT_EQ(http_test::get(served_->port(), "/accounts/alice").json().at("balance"), -600.0);
}

TEST_F(DriveTest, ShowsWhoWaitsForWhomInADeadlock) {
  serve();
  const Finished finished = drive({RACELAB_ROOT "/schedules/bank-deadlock/deadlock.schedule"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("waits to lock bob.lock  <-- forever"));
  EXPECT_THAT(finished.out, HasSubstr("waits to lock alice.lock  <-- forever"));
  EXPECT_THAT(finished.out, HasSubstr("SIMULATOR AND SERVER AGREE: 2 steps"));
}

TEST_F(DriveTest, AgreesOnEveryScheduleOfTheRepository) {
  serve();
  std::size_t driven = 0;
  for (const auto& entry : fs::recursive_directory_iterator{RACELAB_ROOT "/schedules"}) {
    if (entry.path().extension() != ".schedule") continue;
    if (!entry.path().parent_path().filename().string().starts_with("bank-")) continue;
    ++driven;
    const Finished finished = drive({entry.path().string()});
    EXPECT_EQ(finished.code, 0) << entry.path() << "\n" << finished.out << finished.err;
  }
  EXPECT_GE(driven, 8U);
}

/// Returns the text after a command in a document, up to the end of its block.
std::string output_in(const std::string& document, const std::string& command) {
  const std::string text = read_file(document);
  const std::size_t at = text.find("\n$ " + command + "\n");
  EXPECT_NE(at, std::string::npos) << command;
  const std::size_t begin = text.find('\n', at + 1) + 1;
  return text.substr(begin, text.find("```", begin) - begin);
}

/// Removes what differs from run to run: the times, and the numbers of threads, whose lengths move
/// the text after them.
std::string without_numbers(const std::string& text) {
  const std::string threads = std::regex_replace(text, std::regex{"thread [0-9]+ *"}, "thread ");
  const std::string lines = std::regex_replace(threads, std::regex{"-{9,} *"}, "- ");
  const std::string blanks = std::regex_replace(lines, std::regex{" +"}, " ");
  return std::regex_replace(blanks, std::regex{"; [0-9.]+ s, [0-9]+ a second"}, "");
}

TEST_F(DriveTest, PrintsWhatItsDocumentShows) {
  serve();
  const std::string document = RACELAB_ROOT "/docs/drive.md";
  const Finished one = drive({kDoubleSpend});
  EXPECT_EQ(without_numbers(one.out),
            without_numbers(output_in(document,
                                      "racelab drive schedules/bank-double-spend/"
                                      "negative-balance.schedule")));
  const Finished all = drive({"--all", "bank/double-spend", "--times", "10"});
  EXPECT_EQ(
      without_numbers(all.out),
      without_numbers(output_in(document, "racelab drive --all bank/double-spend --times 10")));
}

TEST_F(DriveTest, DrivesWhatTheLabHasRecordedOfADrive) {
  serve();
  EXPECT_EQ(drive({kDoubleSpend}).code, 0);
  const std::string recording = served_->url() + "/admin/recording";
  EXPECT_EQ(run_racelab({"replay", recording}).code, 0);
  EXPECT_EQ(run_racelab({"replay", recording + "/last-race"}).code, 0);
  const Finished again = drive({recording});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_THAT(again.out, HasSubstr("SIMULATOR AND SERVER AGREE: 6 steps"));
  EXPECT_EQ(drive({RACELAB_ROOT "/schedules/bank-deadlock/deadlock.schedule"}).code, 0);
  const Finished given_up = drive({recording});
  EXPECT_EQ(given_up.code, 2);
  EXPECT_THAT(given_up.err, HasSubstr("it can be replayed but not driven"));
}

TEST_F(DriveTest, SaysAllOfItInJson) {
  serve();
  const Finished finished = drive({kDoubleSpend, "--json"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  const json all = json::parse(finished.out);
  EXPECT_EQ(all.at("verdict"), "agree");
  EXPECT_EQ(all.at("problem"), nullptr);
  EXPECT_EQ(all.at("report").at("state"), "done");
  EXPECT_EQ(all.at("report").at("steps").size(), 6U);
  EXPECT_EQ(all.at("answers").size(), 2U);
  EXPECT_EQ(all.at("answers").at(0).at("status"), 200);
  EXPECT_EQ(all.at("answers").at(1).at("body").at("status"), "success");
}

struct Traces {
  const char* scenario;
  std::size_t traces;
  std::map<std::string, std::size_t> outcomes;
};

class DriveAllTest : public DriveTest, public testing::WithParamInterface<Traces> {};

TEST_P(DriveAllTest, AgreesOnEachTraceTenTimes) {
  serve();
  const Finished finished = drive({"--all", GetParam().scenario, "--times", "10", "--json"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  const json all = json::parse(finished.out);
  EXPECT_EQ(all.at("complete"), true);
  EXPECT_EQ(all.at("traces"), GetParam().traces);
  EXPECT_EQ(all.at("driven"), 10 * GetParam().traces);
  EXPECT_EQ(all.at("agree"), 10 * GetParam().traces);
  EXPECT_EQ(all.at("disagreements"), json::array());
  std::map<std::string, std::size_t> outcomes;
  for (const auto& [kind, row] : all.at("outcomes").items()) {
    outcomes[kind] = row.at("driven").get<std::size_t>() / 10;
  }
  EXPECT_EQ(outcomes, GetParam().outcomes);
  EXPECT_EQ(files(), 1U) << "only the server's directory";
}

INSTANTIATE_TEST_SUITE_P(
    Bank, DriveAllTest,
    testing::Values(Traces{"bank/double-spend", 8, {{"invariant", 6}, {"passed", 2}}},
                    Traces{"bank/double-spend-3", 129, {{"invariant", 126}, {"passed", 3}}},
                    Traces{"bank/lost-update", 18, {{"invariant", 6}, {"passed", 12}}},
                    Traces{"bank/locked", 2, {{"passed", 2}}},
                    Traces{"bank/optimistic", 4, {{"passed", 4}}},
                    Traces{"bank/deadlock", 3, {{"deadlock", 1}, {"passed", 2}}}),
    [](const auto& test) {
      std::string name;
      for (const char c : std::string{test.param.scenario}.substr(5)) {
        if (c != '-') name += c;
      }
      return name;
    });

TEST_F(DriveTest, DrivesAllTracesOfAFilesProgram) {
  serve();
  const Finished finished =
      drive({"--all", RACELAB_ROOT "/schedules/bank-double-spend/by-hand.schedule"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_THAT(finished.out, StartsWith("outcome        driven    steps    agree"));
  EXPECT_THAT(finished.out, HasSubstr("\ncomplete: "));
}

TEST_F(DriveTest, NeedsTheTokenOfALabThatHasOne) {
  serve("secret");
  const Finished without = drive({kDoubleSpend});
  EXPECT_EQ(without.code, 4);
  EXPECT_THAT(without.err, HasSubstr("give it with --token or LAB_ADMIN_TOKEN"));
  EXPECT_EQ(drive({kDoubleSpend, "--token", "secret"}).code, 0);
  Surroundings environment = surroundings();
  environment.before = [] { ::setenv("LAB_ADMIN_TOKEN", "secret", 1); };
  EXPECT_EQ(run(racelab({"drive", kDoubleSpend, "--url", served_->url()}), environment).code, 0);
}

TEST_F(DriveTest, CannotDriveALabThatIsBeingDriven) {
  serve();
  ASSERT_EQ(
      http_test::post(served_->port(), "/admin/schedule?timeout_ms=600000", read_file(kDoubleSpend))
          .status,
      200);
  const Finished busy = drive({kDoubleSpend});
  EXPECT_EQ(busy.code, 4);
  EXPECT_THAT(busy.err, HasSubstr("another schedule is being driven"));
  EXPECT_EQ(drive({"--all", "bank/double-spend"}).code, 4);
  http_test::post(served_->port(), "/reset");
  EXPECT_EQ(drive({kDoubleSpend}).code, 0);
}

TEST_F(DriveTest, RefusesWhatCannotBeDriven) {
  const std::string nowhere = "http://127.0.0.1:1";
  EXPECT_EQ(drive({}, nowhere).code, 2);
  EXPECT_EQ(drive({"none.schedule"}, nowhere).code, 2);
  EXPECT_EQ(drive({kDoubleSpend}, "localhost:8000").code, 2);
  EXPECT_EQ(drive({kDoubleSpend}, "http://localhost:8000/accounts").code, 2);
  EXPECT_EQ(drive({kDoubleSpend, "--all", "bank/locked"}, nowhere).code, 2);
  EXPECT_EQ(drive({kDoubleSpend, "--times", "2"}, nowhere).code, 2);
  EXPECT_EQ(drive({"--all", "bank/none"}, nowhere).code, 2);
  const Finished other = drive({"--all", "count/ninc"}, nowhere);
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("expected a scenario of the bank"));
  write("diverges.schedule", replaced(read_file(kDoubleSpend), "1 read alice", "1 read bob"));
  const Finished diverges = drive({"diverges.schedule"}, nowhere);
  EXPECT_EQ(diverges.code, 2);
  EXPECT_THAT(diverges.err, HasSubstr("diverges.schedule:"));
  const Finished unreachable = drive({kDoubleSpend}, nowhere);
  EXPECT_EQ(unreachable.code, 4);
  EXPECT_EQ(unreachable.err,
            "racelab: http://127.0.0.1:1/admin/schedule: nothing accepts connections there; "
            "`racelab serve` starts a lab\n");
  const Finished none = drive({"--all", "bank/locked"}, nowhere);
  EXPECT_EQ(none.code, 4);
  EXPECT_EQ(none.err, unreachable.err);
  EXPECT_EQ(none.out, "") << "there is nothing to tell of";
}

/// A server with the responses that a test needs.
class Pretender {
 public:
  explicit Pretender(http::Protocol::Handler handler)
      : server_(std::get<http::Listener>(http::listen_on("127.0.0.1", 0)), std::move(handler), {}) {
  }
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}", server_.port());
  }

 private:
  http::Server server_;
};

/// Answers every request with this report.
Pretender reporting(std::function<void(json&)> change) {
  static const std::string report =
      R"({"state":"done","tasks":[
    {"task":1,"thread_id":"7","state":"ended","at":null},
    {"task":2,"thread_id":null,"state":"ended","at":null}],"steps":[)"
      R"({"task":1,"operation":"read","object":"a.balance","failed":false,"value":"10.00",)"
      R"("done":true,"found":"10.00"},)"
      R"({"task":2,"operation":"read","object":"a.balance","failed":false,"value":"10.00",)"
      R"("done":true,"found":"10.00"}],
    "accounts":[{"id":"a","balance":10.0},{"id":"b","balance":0.0}],
    "problem":null,"deadlock":null,"waits":[]})";
  return Pretender{[change = std::move(change)](const http::Request&) {
    json answer = json::parse(report);
    change(answer);
    return http::Response{200, answer.dump(), "application/json", {}};
  }};
}

/// A report of two transfers that are refused.
const char* const kRefused =
    "racelab schedule 1\nalgorithm check-then-act\nstart a 10   b 0\n"
    "task 1 transfer a b 20\ntask 2 transfer a b 20\n"
    "1 read a.balance\n2 read a.balance\nend\n";

TEST_F(DriveTest, SaysHowTheWorldsDiffer) {
  write("x.schedule", kRefused);
  EXPECT_EQ(drive({"x.schedule"}, reporting([](json&) {}).url()).code, 0);

  const Finished value = drive({"x.schedule"}, reporting([](json& report) {
                                                 report["steps"][1]["found"] = "9.00";
                                                 report["state"] = "failed";
                                               }).url());
  EXPECT_EQ(value.code, 1);
  EXPECT_THAT(value.out,
              HasSubstr("SIMULATOR AND SERVER DIFFER\n  step 2: the simulator found read "
                        "a.balance = 10.00, the server read a.balance = 9.00\n"));

  const Finished balance =
      drive({"x.schedule"},
            reporting([](json& report) { report["accounts"][0]["balance"] = 9.0; }).url());
  EXPECT_EQ(balance.code, 1);
  EXPECT_THAT(balance.out, HasSubstr("9.00  <-- differs"));

  const Finished step =
      drive({"x.schedule"},
            reporting([](json& report) { report["steps"][0]["object"] = "b.balance"; }).url());
  EXPECT_EQ(step.code, 1);
  EXPECT_THAT(step.out,
              HasSubstr("step 1: this simulator expects read a.balance = 10.00 by task 1, "
                        "the server does not"));

  const Finished deadlock =
      drive({"x.schedule"}, reporting([](json& report) {
                              report["waits"] = {{{"task", 1}, {"lock", "a.lock"}, {"held_by", 2}}};
                            }).url());
  EXPECT_EQ(deadlock.code, 1);
  EXPECT_THAT(deadlock.out, HasSubstr("a deadlock only on the server"));

  const Finished unknown_task = drive(
      {"x.schedule"}, reporting([](json& report) { report["steps"][1]["task"] = 300; }).url());
  EXPECT_EQ(unknown_task.code, 4);
  EXPECT_THAT(unknown_task.err, HasSubstr("the server's report has no task 300"));
}

TEST_F(DriveTest, SaysWhyAServerWasNotLedThroughIt) {
  write("x.schedule", kRefused);
  const Finished failed = drive({"x.schedule"}, reporting([](json& report) {
                                                  report["steps"][1]["done"] = false;
                                                  report["steps"][1]["found"] = nullptr;
                                                  report["state"] = "failed";
                                                  report["problem"] = "step 2: it did not come";
                                                }).url());
  EXPECT_EQ(failed.code, 3);
  EXPECT_THAT(failed.out, HasSubstr("SCHEDULE NOT COMPLETED\n  step 2: it did not come\n"));
  EXPECT_EQ(drive({"x.schedule"}, reporting([](json& report) { report = 7; }).url()).code, 4);
  EXPECT_EQ(
      drive({"x.schedule"}, reporting([](json& report) { report.erase("tasks"); }).url()).code, 4);
}

/// Another client has armed a schedule before this client asks for the report.
TEST_F(DriveTest, DoesNotJudgeTheReportOfAnothersSchedule) {
  write("x.schedule", kRefused);
  const auto other_transfers = [](json& report) {
    report["id"] = "1111";  // as in the response of a transfer
    for (json& task : report["tasks"]) task["transfer"] = "2222";
  };
  const auto not_over = [](json& report) { report["state"] = "armed"; };
  for (const auto& change : std::vector<std::function<void(json&)>>{other_transfers, not_over}) {
    const Finished finished = drive({"x.schedule"}, reporting(change).url());
    EXPECT_EQ(finished.code, 4) << finished.out;
    EXPECT_THAT(finished.err,
                HasSubstr("another client sent a schedule before this report was read"));
  }
  std::atomic<int> asked = 0;  // when it is armed, by its two transfers, and at the end
  const auto other_steps = [&asked](json& report) {
    if (++asked == 4) report["steps"][0]["object"] = "c.balance";
  };
  const Finished finished = drive({"x.schedule"}, reporting(other_steps).url());
  EXPECT_EQ(finished.code, 4) << finished.out;
}

TEST_F(DriveTest, WritesTheSchedulesOfTracesThatDisagree) {
  write("x.schedule", kRefused);
  const Pretender server = reporting([](json& report) { report["state"] = "failed"; });
  const Finished finished = drive({"--all", "x.schedule", "--out", "other.schedule"}, server.url());
  EXPECT_EQ(finished.code, 3) << finished.out << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("  other.schedule\n"));
  EXPECT_EQ(run_racelab({"replay", "other.schedule"}).code, 0);

  const Finished lost =
      drive({"--all", "x.schedule", "--out", "nowhere/other.schedule"}, server.url());
  EXPECT_EQ(lost.code, 3);
  EXPECT_THAT(lost.err, HasSubstr("the schedule that was not written:\nracelab schedule"));
}

TEST_F(DriveTest, EndsTheDriveWhenInterrupted) {
  std::mutex mutex;
  std::condition_variable changed;
  int transfers = 0;
  bool reset = false;
  const Pretender server{[&](const http::Request& request) {
    std::unique_lock lock{mutex};
    if (request.path == "/reset") reset = true;
    if (request.path == "/transfer") ++transfers;
    changed.notify_all();
    if (request.path == "/transfer") changed.wait(lock, [&] { return reset; });
    return http::Response{200, "{}", "application/json", {}};
  }};
  write("x.schedule", kRefused);
  Process process{racelab({"drive", "x.schedule", "--url", server.url()}), surroundings()};
  {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return transfers == 2; });
  }
  process.interrupt();
  EXPECT_EQ(process.wait().code, 130);
  EXPECT_TRUE(reset);
}

}  // namespace
}  // namespace racelab_test
