// Checks that the transfers, as clients of a running server see them, are linearizable: a bank that
// runs them one after the other could give the same responses.

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <http/service/service.hpp>
#include <sim/base/random.hpp>
#include <sim/history/history.hpp>
#include <sim/history/linearizability.hpp>
#include <tests/http/client.hpp>

namespace http {
namespace {

using http_test::Answer;
using http_test::Client;
using testing::HasSubstr;

constexpr std::uint32_t kClients = 8;
constexpr std::array<const char*, 3> kAccounts{"alice", "bob", "charlie"};

/// The sequential model of the lab's bank. Amounts are in cents.
struct LabModel {
  struct Op {
    std::string from;
    std::string to;
    std::int64_t amount;
    friend bool operator==(const Op&, const Op&) = default;
  };
  struct Result {
    bool success;
    std::int64_t from_after;
    std::int64_t to_after;
    friend bool operator==(const Result&, const Result&) = default;
  };
  using State = std::map<std::string, std::int64_t>;

  [[nodiscard]] State initial() const {
    return {{"alice", 1000'00}, {"bob", 500'00}, {"charlie", 200'00}};
  }
  Result apply(State& balances, const Op& op) const {
    std::int64_t& from = balances.at(op.from);
    std::int64_t& to = balances.at(op.to);
    const bool success = from >= op.amount;
    if (success) {
      from -= op.amount;
      to += op.amount;
    }
    return {success, from, to};
  }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    const std::string words = fmt::format("{} to {}, {}", op.from, op.to, op.amount);
    if (result == nullptr) return words;
    return fmt::format("{}: {}, {} and {} left", words, result->success ? "ok" : "insufficient",
                       result->from_after, result->to_after);
  }
  [[nodiscard]] std::string describe_state(const State& balances) const {
    return fmt::format("alice {}, bob {}, charlie {}", balances.at("alice"), balances.at("bob"),
                       balances.at("charlie"));
  }
};
using Op = LabModel::Op;
using LabRecorder = sim::HistoryRecorder<Op, LabModel::Result>;

std::int64_t cents(const nlohmann::json& amount) {
  return std::llround(amount.get<double>() * 100);
}

/// A server, and the history that its clients have seen.
class LiveHistory : public testing::Test {
 protected:
  void SetUp() override {
    ServiceOptions options;
    options.port = 0;
    options.quiet = true;
    auto started = Service::start(options, log_);
    ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Service>>(started));
    service_ = std::move(std::get<std::unique_ptr<Service>>(started));
  }

  /// Sends a transfer and records it as its client sees it.
  void transfer(Client& connection, std::uint32_t client, const Op& op) {
    const sim::CallId call = recorder_.invoke(client, op);
    const Answer answer = connection.request(
        "POST", "/transfer",
        fmt::format(R"({{"from_account":"{}","to_account":"{}","amount":{}.{:02}}})", op.from,
                    op.to, op.amount / 100, op.amount % 100));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const nlohmann::json record = answer.json();
    recorder_.respond(call,
                      {record.at("status") == "success", cents(record.at("from_balance_after")),
                       cents(record.at("to_balance_after"))});
  }

  /// Runs clients that each send this many transfers, some of which are refused.
  void send_load(std::size_t transfers) {
    in_clients([&](Client& connection, std::uint32_t client) {
      sim::Random random{client};
      for (std::size_t i = 0; i < transfers; ++i) {
        const std::uint32_t from = random.below(3);
        const std::uint32_t to = (from + 1 + random.below(2)) % 3;
        transfer(connection, client, {kAccounts[from], kAccounts[to], 1 + random.below(800'00)});
      }
    });
  }

  template <class Work>
  void in_clients(const Work& work) {
    std::vector<std::thread> threads;
    for (std::uint32_t client = 1; client <= kClients; ++client) {
      threads.emplace_back([&, client] {
        Client connection{service_->port()};
        work(connection, client);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  std::int64_t balance(const std::string& account) {
    return cents(control().request("GET", "/accounts/" + account).json().at("balance"));
  }
  void set(const std::string& setting) {
    ASSERT_EQ(control().request("POST", "/admin/" + setting).status, 200);
  }
  Client& control() {
    if (!control_) control_.emplace(service_->port());
    return *control_;
  }

  std::ostringstream text_;
  Log log_{text_};
  std::unique_ptr<Service> service_;
  std::optional<Client> control_;
  LabRecorder recorder_;
};

TEST_F(LiveHistory, OfFiveThousandTransfersUnderLocksIsLinearizable) {
  set("transactions?enabled=true");
  send_load(5'000 / kClients);
  const auto history = recorder_.history();
  ASSERT_EQ(history.calls.size(), 5'000U);
  const auto refused = std::count_if(history.calls.begin(), history.calls.end(), [](const auto& c) {
    return !c.response.value().result.success;
  });
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 5'000);
  const auto verdict = sim::check_linearizability(history, LabModel{});
  EXPECT_TRUE(verdict.linearizable()) << sim::linearizability_text(history, LabModel{}, verdict);
}

TEST_F(LiveHistory, WithADoubleSpendIsNotLinearizable) {
  set("transactions?enabled=true");
  send_load(50);
  // All money goes to alice, so that every check passes but only one deduction is covered.
  for (const std::string account : {"bob", "charlie"}) {
    if (const std::int64_t all = balance(account); all > 0) {
      transfer(control(), 0, {account, "alice", all});
    }
  }
  const std::size_t before = recorder_.history().calls.size();
  const std::int64_t all = balance("alice");
  ASSERT_EQ(all, 1700'00);
  set("transactions?enabled=false");
  set(fmt::format("barrier?enabled=true&count={}", kClients));
  in_clients([&](Client& connection, std::uint32_t client) {
    transfer(connection, client, {"alice", client % 2 == 0 ? "bob" : "charlie", all});
  });

  const auto history = recorder_.history();
  ASSERT_EQ(history.calls.size(), before + kClients);
  for (std::size_t i = before; i < history.calls.size(); ++i) {
    EXPECT_TRUE(history.calls[i].response.value().result.success) << "the race did not happen";
  }
  const auto verdict = sim::check_linearizability(history, LabModel{});
  ASSERT_EQ(verdict.kind, sim::Verdict::Kind::not_linearizable);
  EXPECT_GE(verdict.stops_at.value(), before);
  EXPECT_TRUE(verdict.longest);
  // The longest linearizable prefix contains all transfers that ran with locks.
  for (std::size_t i = 0; i < before; ++i) EXPECT_THAT(verdict.order, testing::Contains(i));
  EXPECT_THAT(sim::linearizability_text(history, LabModel{}, verdict), HasSubstr("'s alice to "));
}

}  // namespace
}  // namespace http
