// The bank's code in both worlds: the same tests on the engine's fibers and on real threads.

#include <bank/ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bank/algorithm.hpp>
#include <tests/bank/worlds.hpp>

namespace bank {
namespace {

const std::vector<AccountStart> kLab{
    {"alice", whole(1000)}, {"bob", whole(500)}, {"charlie", whole(200)}};

/// What one transfer must do when nothing else runs.
struct Model {
  std::vector<Money> balances;

  TransferStatus transfer(const Transfer& t) {
    if (balances[t.from] < t.amount) return TransferStatus::insufficient_funds;
    balances[t.from] = balances[t.from] - t.amount;
    balances[t.to] = balances[t.to] + t.amount;
    return TransferStatus::success;
  }
};

template <class R>
std::vector<Money> balances(const Ledger<R>& ledger) {
  std::vector<Money> all;
  for (std::size_t i = 0; i < ledger.size(); ++i) all.push_back(ledger.at(i).balance.peek().amount);
  return all;
}

template <class World>
class LedgerInBothWorlds : public testing::Test {};
using Worlds = testing::Types<bank_test::OnFibers, bank_test::OnThreads>;
TYPED_TEST_SUITE(LedgerInBothWorlds, Worlds);

TYPED_TEST(LedgerInBothWorlds, TransfersOneAfterTheOtherAsAnyBankDoes) {
  using R = typename TypeParam::Runtime;
  for (const AlgorithmInfo& info : kAlgorithms) {
    std::vector<TransferResult> results;
    std::vector<Money> end;
    TypeParam::run(1, [&] {
      Ledger<R> ledger{kLab};
      typename R::Context context;
      for (const Transfer& t : {Transfer{0, 1, whole(800)}, Transfer{0, 2, whole(800)}}) {
        results.push_back(execute(info.algorithm, ledger, t, context));
      }
      end = balances(ledger);
    });
    ASSERT_EQ(results.size(), 2U) << info.name;
    EXPECT_EQ(results[0].status, TransferStatus::success) << info.name;
    EXPECT_EQ(results[0].from_before, (Balance{whole(1000), 0})) << info.name;
    EXPECT_EQ(results[0].from_after, (Balance{whole(200), 1})) << info.name;
    EXPECT_EQ(results[0].to_before, (Balance{whole(500), 0})) << info.name;
    EXPECT_EQ(results[0].to_after, (Balance{whole(1300), 1})) << info.name;
    EXPECT_EQ(results[1].status, TransferStatus::insufficient_funds) << info.name;
    EXPECT_EQ(results[1].from_before, results[1].from_after) << info.name;
    EXPECT_EQ(results[1].to_before, (Balance{whole(200), 0})) << info.name;
    EXPECT_EQ(end, (std::vector{whole(200), whole(1300), whole(200)})) << info.name;
  }
}

TYPED_TEST(LedgerInBothWorlds, SafeAlgorithmsSpendTheLastMoneyOnce) {
  using R = typename TypeParam::Runtime;
  for (const AlgorithmInfo& info : kAlgorithms) {
    if (!info.safe) continue;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      std::size_t successes = 0;
      std::vector<Money> end;
      TypeParam::run(seed, [&] {
        Ledger<R> ledger{kLab};
        std::vector<TransferResult> results(8);
        std::vector<std::function<void()>> jobs;
        for (std::size_t i = 0; i < results.size(); ++i) {
          jobs.emplace_back([&, i] {
            typename R::Context context;
            results[i] = execute(info.algorithm, ledger, {0, 1 + i % 2, whole(800)}, context);
          });
        }
        TypeParam::concurrently(jobs);
        for (const TransferResult& result : results) {
          successes += result.status == TransferStatus::success ? 1 : 0;
        }
        end = balances(ledger);
      });
      EXPECT_EQ(successes, 1U) << info.name << ", seed " << seed;
      EXPECT_EQ(end[0], whole(200)) << info.name << ", seed " << seed;
      EXPECT_EQ(end[0] + end[1] + end[2], whole(1700)) << info.name << ", seed " << seed;
    }
  }
}

/// Accounts and transfers such that some are refused and accounts meet often.
struct Generated {
  std::vector<AccountStart> accounts;
  std::vector<Transfer> transfers;
};

Generated generate(std::size_t transfers_max) {
  Generated made;
  const auto accounts = *rc::gen::inRange<std::size_t>(2, 5);
  for (std::size_t i = 0; i < accounts; ++i) {
    made.accounts.push_back({std::string(1, static_cast<char>('a' + i)),
                             Money{*rc::gen::inRange<std::int64_t>(0, 300)}});
  }
  const auto transfers = *rc::gen::inRange<std::size_t>(1, transfers_max + 1);
  for (std::size_t i = 0; i < transfers; ++i) {
    const auto from = *rc::gen::inRange<std::size_t>(0, accounts);
    const auto other = *rc::gen::inRange<std::size_t>(1, accounts);
    const Money amount{*rc::gen::inRange<std::int64_t>(1, 200)};
    made.transfers.push_back({from, (from + other) % accounts, amount});
  }
  return made;
}

template <class World>
void follows_the_model() {
  using R = typename World::Runtime;
  const Generated made = generate(20);
  const auto algorithm =
      kAlgorithms[*rc::gen::inRange<std::size_t>(0, kAlgorithms.size())].algorithm;
  Model model;
  for (const AccountStart& account : made.accounts) model.balances.push_back(account.balance);
  std::vector<TransferStatus> expected;
  for (const Transfer& t : made.transfers) expected.push_back(model.transfer(t));

  std::vector<TransferStatus> found;
  std::vector<Money> end;
  World::run(1, [&] {
    Ledger<R> ledger{made.accounts};
    typename R::Context context;
    for (const Transfer& t : made.transfers) {
      found.push_back(execute(algorithm, ledger, t, context).status);
    }
    end = balances(ledger);
  });
  RC_ASSERT(found == expected);
  RC_ASSERT(end == model.balances);
}

RC_GTEST_PROP(LedgerOnFibers, FollowsTheSequentialModel, ()) {
  follows_the_model<bank_test::OnFibers>();
}
RC_GTEST_PROP(LedgerOnThreads, FollowsTheSequentialModel, ()) {
  follows_the_model<bank_test::OnThreads>();
}

template <class World>
void keeps_its_promises() {
  using R = typename World::Runtime;
  const Generated made = generate(6);
  const auto algorithm = *rc::gen::element(Algorithm::ordered_locks, Algorithm::optimistic);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Money before;
  for (const AccountStart& account : made.accounts) before = before + account.balance;
  std::vector<Money> end;
  World::run(seed, [&] {
    Ledger<R> ledger{made.accounts};
    std::vector<std::function<void()>> jobs;
    for (const Transfer& t : made.transfers) {
      jobs.emplace_back([&] {
        typename R::Context context;
        execute(algorithm, ledger, t, context);
      });
    }
    World::concurrently(jobs);
    end = balances(ledger);
  });
  Money after;
  for (const Money balance : end) {
    RC_ASSERT(balance >= Money{});
    after = after + balance;
  }
  RC_ASSERT(after == before);
}

RC_GTEST_PROP(LedgerOnFibers, ConservesMoneyAndIsNeverNegativeWhereItIsSafe, ()) {
  keeps_its_promises<bank_test::OnFibers>();
}
RC_GTEST_PROP(LedgerOnThreads, ConservesMoneyAndIsNeverNegativeWhereItIsSafe, ()) {
  keeps_its_promises<bank_test::OnThreads>();
}

/// Hooks see each step, before and after, with the words that schedules use.
struct Steps {
  void before_step(const char* word, std::string_view object) {
    seen->push_back("before " + std::string{word} + " " + std::string{object});
  }
  template <class T>
  void after_step(const char* word, std::string_view object, const T& value,
                  const sim::StepPlace& place) {
    seen->push_back(fmt::format("after {} {} = {}, {} {}", word, object, value,
                                place.changed ? "makes version" : "of version", place.version));
  }
  template <class Text>
  void check(bool passed, const Text& text) {
    seen->push_back((passed ? "passed " : "failed ") + text());
  }
  template <class Text>
  void describe(const Text& /*text*/) {}

  std::vector<std::string>* seen;
};

TEST(ThreadRuntime, TellsItsContextBeforeAndAfterEachStep) {
  using R = sim::ThreadRuntime<Steps>;
  std::vector<std::string> seen;
  Steps steps{&seen};
  Ledger<R> ledger{kLab};
  execute(Algorithm::ordered_locks, ledger, {1, 0, whole(100)}, steps);
  EXPECT_EQ(seen,
            (std::vector<std::string>{
                "before lock alice.lock", "after lock alice.lock = true, makes version 1",
                "before lock bob.lock", "after lock bob.lock = true, makes version 1",
                "before read bob.balance", "after read bob.balance = 500.00, of version 0",
                "passed 500.00 >= 100.00? yes", "before deduct bob.balance",
                "after deduct bob.balance = 400.00, makes version 1", "before credit alice.balance",
                "after credit alice.balance = 1100.00, makes version 1", "before unlock bob.lock",
                "after unlock bob.lock = false, makes version 2", "before unlock alice.lock",
                "after unlock alice.lock = false, makes version 2"}));
}

}  // namespace
}  // namespace bank
