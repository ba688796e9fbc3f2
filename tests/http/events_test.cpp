// Live events: as values, and as server-sent events through sockets.

#include <http/api/event_stream.hpp>

#include <atomic>
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
#include <nlohmann/json.hpp>

#include <http/lab/live_events.hpp>
#include <http/server/server.hpp>
#include <http/service.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using http_test::Answer;
using http_test::Client;
using http_test::eventually;
using http_test::get;
using http_test::post;
using http_test::transfer_body;
using nlohmann::json;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// Publishes an event that carries a number.
void publish(LiveEvents& events, std::size_t number) {
  events.publish([&] { return StepDone{"", "", "", std::to_string(number)}; });
}

/// Returns the numbers of the events.
std::vector<std::string> numbers(const LiveEvents::Listener::Received& received) {
  std::vector<std::string> all;
  for (const auto& event : received.events) all.push_back(std::get<StepDone>(*event).text);
  return all;
}

TEST(LiveEvents, AreNotMadeWhereNobodyListens) {
  LiveEvents events;
  const auto make = [] {
    ADD_FAILURE() << "nobody listens";
    return AccountsReset{};
  };
  events.publish(make);
  const auto listener = events.listen();
  publish(events, 1);
  EXPECT_THAT(numbers(listener->receive(milliseconds{0})), ElementsAre("1"));
}

TEST(LiveEvents, AreHeardByEachListenerFromItsBeginOn) {
  LiveEvents events;
  const auto first = events.listen();
  publish(events, 1);
  const auto second = events.listen();
  publish(events, 2);
  EXPECT_THAT(numbers(first->receive(milliseconds{0})), ElementsAre("1", "2"));
  EXPECT_THAT(numbers(second->receive(milliseconds{0})), ElementsAre("2"));
  EXPECT_THAT(numbers(second->receive(milliseconds{0})), ElementsAre());
}

TEST(LiveEvents, AreReceivedInPortions) {
  LiveEvents events;
  const auto listener = events.listen();
  for (std::size_t i = 1; i <= 3; ++i) publish(events, i);
  EXPECT_THAT(numbers(listener->receive(milliseconds{0}, 2)), ElementsAre("1", "2"));
  EXPECT_THAT(numbers(listener->receive(milliseconds{0}, 2)), ElementsAre("3"));
}

TEST(LiveEvents, ASlowListenerMissesTheOldest) {
  LiveEvents events{3};
  const auto slow = events.listen();
  for (std::size_t i = 1; i <= 5; ++i) publish(events, i);
  const auto received = slow->receive(milliseconds{0});
  EXPECT_EQ(received.skipped, 2U);
  EXPECT_THAT(numbers(received), ElementsAre("3", "4", "5"));
  EXPECT_EQ(slow->receive(milliseconds{0}).skipped, 0U);
}

TEST(LiveEvents, EndAfterTheLastOne) {
  LiveEvents events;
  const auto listener = events.listen();
  publish(events, 1);
  events.stop();
  publish(events, 2);
  const auto received = listener->receive(milliseconds{0});
  EXPECT_THAT(numbers(received), ElementsAre("1"));
  EXPECT_TRUE(received.ended);
  EXPECT_TRUE(events.listen()->receive(std::chrono::hours{1}).ended);
}

TEST(LiveEvents, HaveAsManyListenersAsTheyMay) {
  LiveEvents events;
  std::vector<std::unique_ptr<LiveEvents::Listener>> listeners;
  for (std::size_t i = 0; i < LiveEvents::kListenersMax; ++i) listeners.push_back(events.listen());
  EXPECT_NE(listeners.back(), nullptr);
  EXPECT_EQ(events.listen(), nullptr);
  listeners.pop_back();
  EXPECT_NE(events.listen(), nullptr);
}

TEST(LiveEvents, NoneIsLostWhenManyThreadsPublish) {
  constexpr int kEach = 2'000;
  LiveEvents events{64};
  const auto listener = events.listen();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) publish(events, 7);
    });
  }
  std::thread ending{[&] {
    for (std::thread& thread : threads) thread.join();
    events.stop();
  }};
  std::uint64_t all = 0;
  for (bool ended = false; !ended;) {
    const auto received = listener->receive(std::chrono::seconds{30});
    all += received.skipped + received.events.size();
    ended = received.ended;
  }
  ending.join();
  EXPECT_EQ(all, std::uint64_t{4} * kEach);
}

/// Reads server-sent events from a response in chunks.
class EventReader {
 public:
  struct Event {
    std::string type;
    json data;
  };

  explicit EventReader(int port, const std::string& target = "/events") : client_(port) {
    head_ = client_.request("GET", target);
  }
  [[nodiscard]] const Answer& head() const { return head_; }
  /// Returns the next event; its type is empty if the events have ended.
  Event next() {
    std::size_t end = 0;
    while ((end = text_.find("\n\n")) == std::string::npos) {
      const std::string chunk = client_.receive_chunk();
      if (chunk.empty()) return {"", nullptr};
      text_ += chunk;
    }
    const std::string event = text_.substr(0, end);
    text_.erase(0, end + 2);
    const std::size_t data = event.find("\ndata: ");
    if (!event.starts_with("event: ") || data == std::string::npos) return next();
    return {event.substr(7, data - 7), json::parse(event.substr(data + 7))};
  }
  /// Returns the events up to and including the first of a type.
  std::vector<Event> up_to(const std::string& type) {
    std::vector<Event> events;
    do {
      events.push_back(next());
    } while (events.back().type != type && !events.back().type.empty());
    return events;
  }

 private:
  Client client_;
  Answer head_;
  std::string text_;
};

/// Returns, for example, "step read alice.balance 1000.00".
std::string line_of(const EventReader::Event& event) {
  std::string line = event.type;
  for (const char* member : {"operation", "object", "text"}) {
    const std::string text = event.data.value(member, "");
    if (!text.empty()) line += " " + text;
  }
  return line;
}

std::vector<std::string> lines_of(const std::vector<EventReader::Event>& events) {
  std::vector<std::string> lines;
  for (const EventReader::Event& event : events) lines.push_back(line_of(event));
  return lines;
}

class EventsTest : public testing::Test {
 protected:
  void start(ServiceOptions options = {}) {
    options.port = 0;
    service_ = std::move(std::get<std::unique_ptr<Service>>(Service::start(options, log_)));
    port_ = service_->port();
  }

  std::ostringstream text_;
  Log log_{text_};
  std::unique_ptr<Service> service_;
  int port_ = 0;
};

TEST_F(EventsTest, BeginWithHowThingsAre) {
  ServiceOptions options;
  options.admin_token = "s3cret";  // listening needs no token
  start(options);
  EventReader reader{port_};
  EXPECT_EQ(reader.head().status, 200);
  EXPECT_THAT(reader.head().head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(reader.head().head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(reader.head().head, HasSubstr("Cache-Control: no-store\r\n"));
  const auto hello = reader.next();
  EXPECT_EQ(hello.type, "hello");
  EXPECT_EQ(hello.data.at("accounts"), get(port_, "/accounts").json().at("accounts"));
  EXPECT_EQ(hello.data.at("settings").at("algorithm"), "check-then-act");
  EXPECT_EQ(hello.data.at("settings").size(), 7U);
}

TEST_F(EventsTest, TellATransferStepByStep) {
  ServiceOptions options;
  options.lab.settings.delay_enabled = true;
  options.lab.settings.delay_ms = 1;
  options.lab.settings.barrier_enabled = true;
  options.lab.settings.barrier_count = 1;
  start(options);
  EventReader reader{port_};
  reader.next();
  const json record = post(port_, "/transfer", transfer_body("bob")).json();
  const auto events = reader.up_to("accounts");
  EXPECT_THAT(
      lines_of(events),
      ElementsAre("begin", "step read alice.balance 1000.00", "waits delay 1 ms", "step delay 1 ms",
                  "step check 1000.00 >= 800.00? yes", "waits delay 1 ms", "step delay 1 ms",
                  "waits barrier 1/1", "step barrier 1/1: released, all have arrived",
                  "step deduct alice.balance 200.00", "step credit bob.balance 1300.00", "end",
                  "accounts"));
  EXPECT_EQ(events.front().data, json({{"transfer", record.at("id")},
                                       {"thread_id", record.at("thread_id")},
                                       {"task", nullptr},
                                       {"from_account", "alice"},
                                       {"to_account", "bob"},
                                       {"amount", 800.0},
                                       {"algorithm", "check-then-act"}}));
  for (std::size_t i = 0; i + 1 < events.size(); ++i) {
    EXPECT_EQ(events[i].data.at("transfer"), record.at("id"));
  }
  EXPECT_EQ(events[events.size() - 2].data, json({{"transfer", record.at("id")},
                                                  {"status", "success"},
                                                  {"race", false},
                                                  {"record", record}}));
  EXPECT_EQ(events.back().data, get(port_, "/accounts").json());
}

TEST_F(EventsTest, TellOfLocks) {
  ServiceOptions options;
  options.lab.settings.algorithm = bank::Algorithm::ordered_locks;
  start(options);
  EventReader reader{port_};
  reader.next();
  post(port_, "/transfer", transfer_body("bob", "100"));
  EXPECT_THAT(lines_of(reader.up_to("end")),
              ElementsAre("begin", "waits lock alice.lock", "step lock alice.lock held",
                          "waits lock bob.lock", "step lock bob.lock held",
                          "step read alice.balance 1000.00", "step check 1000.00 >= 100.00? yes",
                          "step deduct alice.balance 900.00", "step credit bob.balance 600.00",
                          "step unlock bob.lock free", "step unlock alice.lock free", "end"));
}

TEST_F(EventsTest, TellOfRacesSettingsAndResets) {
  ServiceOptions options;
  options.lab.settings.barrier_enabled = true;
  start(options);
  EventReader reader{port_};
  reader.next();
  std::thread other{[&] { post(port_, "/transfer", transfer_body("bob")); }};
  post(port_, "/transfer", transfer_body("charlie"));
  other.join();
  const auto race = reader.up_to("race").back();
  EXPECT_EQ(race.data.at("account"), "alice");
  EXPECT_EQ(race.data.at("balance"), -600.0);
  EXPECT_EQ(reader.up_to("end").back().data.at("race"), true);

  post(port_, "/admin/delay?ms=7");
  EXPECT_EQ(reader.up_to("settings").back().data, get(port_, "/admin/settings").json());
  post(port_, "/reset");
  const auto reset = reader.up_to("reset").back();
  EXPECT_EQ(reset.data, json::object());
  EXPECT_EQ(reader.next().data.at("accounts").at(0).at("balance"), 1000.0);
}

TEST_F(EventsTest, TellOfTransfersThatCountForNothing) {
  ServiceOptions options;
  options.lab.settings.barrier_enabled = true;
  start(options);
  EventReader reader{port_};
  reader.next();
  std::thread waiting{[&] { post(port_, "/transfer", transfer_body("bob")); }};
  EXPECT_EQ(reader.up_to("waits").back().data.at("text"), "1/2");
  post(port_, "/reset");
  waiting.join();
  const auto end = reader.up_to("end").back();
  EXPECT_EQ(end.data.at("record"), nullptr);
  EXPECT_THAT(end.data.at("detail").get<std::string>(), HasSubstr("reset"));
}

TEST_F(EventsTest, TellOfADeadlockThatWasBroken) {
  ServiceOptions options;
  options.lab.settings = {false, 0, true, 2, bank::Algorithm::request_order_locks};
  options.lab.barrier_timeout = milliseconds{100};
  start(options);
  EventReader reader{port_};
  reader.next();
  // Transfers in opposite directions, released by the barrier together: some of them deadlock.
  std::atomic<bool> go_on{true};
  const auto send = [&](const char* from, const char* to) {
    const std::string body =
        fmt::format(R"({{"from_account":"{}","to_account":"{}","amount":1}})", from, to);
    Client client{port_};
    while (go_on) {
      if (client.request("POST", "/transfer", body).status == 409) go_on = false;
    }
  };
  std::thread one{send, "alice", "bob"};
  std::thread two{send, "bob", "alice"};
  auto end = reader.up_to("end").back();
  while (end.type == "end" && end.data.at("status") != "given_up") end = reader.up_to("end").back();
  one.join();
  two.join();
  EXPECT_EQ(end.data.at("status"), "given_up");
  EXPECT_EQ(end.data.at("record"), nullptr);
  EXPECT_EQ(end.data.at("race"), false);
  EXPECT_THAT(end.data.at("detail").get<std::string>(), HasSubstr("deadlock: "));
}

TEST_F(EventsTest, AnswerHeadWithoutEvents) {
  start();
  Client client{port_};
  const Answer answer = client.request("HEAD", "/events");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.head, HasSubstr("text/event-stream"));
  EXPECT_EQ(client.request("GET", "/health").status, 200);  // on the same connection
}

TEST_F(EventsTest, ComeWithoutChunksWhereTheClientDoesNotKnowThem) {
  start();
  Client client{port_};
  client.send("GET /events HTTP/1.0\r\n\r\n");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.head.find("Transfer-Encoding"), std::string::npos);
  EXPECT_THAT(client.receive_up_to("\n\n"), testing::StartsWith("event: hello\ndata: {"));
  service_.reset();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(EventsTest, EndWithTheServer) {
  start();
  std::vector<std::unique_ptr<EventReader>> readers;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(std::make_unique<EventReader>(port_));
    EXPECT_EQ(readers.back()->next().type, "hello");
  }
  const auto begin = std::chrono::steady_clock::now();
  service_.reset();
  // The server waits five seconds for clients that do not read their responses.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
  for (const auto& reader : readers) EXPECT_EQ(reader->next().type, "");
}

TEST_F(EventsTest, FreeTheConnectionOfAClientThatHasGone) {
  ServiceOptions options;
  options.server.connections_max = 2;
  start(options);
  {
    EventReader first{port_};
    EventReader second{port_};
    EXPECT_EQ(first.next().type, "hello");
    EXPECT_EQ(second.next().type, "hello");
    EXPECT_EQ(get(port_, "/health").status, 503);
  }
  EXPECT_TRUE(eventually([&] { return get(port_, "/health").status == 200; }));
}

TEST_F(EventsTest, HaveRoomForSoManyListeners) {
  start();
  std::vector<std::unique_ptr<EventReader>> readers;
  for (std::size_t i = 0; i < LiveEvents::kListenersMax; ++i) {
    readers.push_back(std::make_unique<EventReader>(port_));
    EXPECT_EQ(readers.back()->head().status, 200);
  }
  const Answer refused = get(port_, "/events");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.json().at("detail").get<std::string>(),
              HasSubstr("64 clients listen already"));
}

/// A server that serves only events.
struct EventServer {
  explicit EventServer(std::size_t events_max) : events(events_max) {}

  LiveEvents events;
  Server server{std::get<Listener>(listen_on("127.0.0.1", 0)),
                [this](const Request&) {
                  return event_stream(events.listen(), [] { return event_text("hello", "{}"); });
                },
                {}};
};

TEST(EventsOverSockets, SaySomeAreMissingWhereTheClientIsSlow) {
  constexpr int kEvents = 600;
  const StepDone large{"", "", "", std::string(64U << 10U, 'x')};
  EventServer lab{16};
  EventReader slow{lab.server.port()};
  EXPECT_EQ(slow.next().type, "hello");
  // More than all buffers between the two can hold, which is at most 10 MB by default.
  for (int i = 0; i < kEvents; ++i) lab.events.publish([&] { return large; });
  lab.events.stop();
  int heard = 0;
  int skipped = 0;
  for (auto event = slow.next(); !event.type.empty(); event = slow.next()) {
    if (event.type == "skipped") skipped += event.data.at("count").get<int>();
    if (event.type == "step") ++heard;
  }
  EXPECT_GT(skipped, 0);
  EXPECT_EQ(heard + skipped, kEvents);
}

TEST(EventsOverSockets, DoNotHoldUpAServerWhoseClientReadsNothing) {
  const StepDone large{"", "", "", std::string(1U << 20U, 'x')};
  EventServer lab{64};
  Client silent{lab.server.port()};
  silent.send("GET /events HTTP/1.1\r\n\r\n");
  EXPECT_EQ(silent.receive().status, 200);
  for (int i = 0; i < 64; ++i) lab.events.publish([&] { return large; });
  const auto begin = std::chrono::steady_clock::now();
  lab.server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
}

}  // namespace
}  // namespace http
