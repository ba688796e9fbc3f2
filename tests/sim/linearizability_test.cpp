// Tests with short histories whose verdicts are known, written by hand, and with long ones.

#include <sim/history/linearizability.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/base/random.hpp>
#include <sim/engine/engine.hpp>

#include <tests/sim/history_models.hpp>

namespace {

using sim::CheckLimits;
using sim::HistoryOf;
using sim::Verdict;
using sim::test::answered;
using sim::test::BagModel;
using sim::test::BankModel;
using sim::test::open;
using sim::test::QueueModel;
using sim::test::RegisterModel;
using testing::HasSubstr;
using Kind = sim::Verdict::Kind;
using Order = std::vector<std::size_t>;
using R = RegisterModel;
using Q = QueueModel;

template <class Model>
Verdict check(std::vector<sim::test::CallOf<Model>> calls, const Model& model = {}) {
  return sim::check_linearizability(HistoryOf<Model>{std::move(calls)}, model);
}

std::vector<std::string> states_of(const Verdict& verdict) {
  std::vector<std::string> states;
  for (const auto& possible : verdict.states) states.push_back(possible.state);
  return states;
}

TEST(Linearizability, AnEmptyHistoryIs) {
  const Verdict verdict = check<R>({});
  EXPECT_TRUE(verdict.linearizable());
  EXPECT_TRUE(verdict.order.empty());
}

TEST(Linearizability, CallsOneAfterTheOtherAreWhereTheModelAgrees) {
  EXPECT_EQ(
      check<R>({answered<R>(1, 0, 1, R::write(1), 1), answered<R>(2, 2, 3, R::read(), 1)}).order,
      (Order{0, 1}));
  EXPECT_EQ(
      check<R>({answered<R>(1, 0, 1, R::write(1), 1), answered<R>(2, 2, 3, R::read(), 0)}).kind,
      Kind::not_linearizable);
}

TEST(Linearizability, ACallTakesEffectAnywhereInItsTime) {
  // The read overlaps the write, so both values are correct, and the order shows which one was
  // read.
  const auto history = [](int value) {
    return std::vector{answered<R>(1, 0, 3, R::write(1), 1),
                       answered<R>(2, 1, 2, R::read(), value)};
  };
  EXPECT_EQ(check<R>(history(0)).order, (Order{1, 0}));
  EXPECT_EQ(check<R>(history(1)).order, (Order{0, 1}));
  EXPECT_FALSE(check<R>(history(2)).linearizable());
}

TEST(Linearizability, CallsAtEqualTimesOverlap) {
  EXPECT_TRUE(check<R>({answered<R>(1, 0, 1, R::write(1), 1), answered<R>(2, 1, 2, R::read(), 0)})
                  .linearizable());
}

TEST(Linearizability, WhatOneReaderHasSeenAnotherDoesNotUnsee) {
  // During one write there is a read of the new value, then a read of the old one. Each alone is
  // correct.
  const Verdict verdict =
      check<R>({answered<R>(1, 0, 5, R::write(1), 1), answered<R>(2, 1, 2, R::read(), 1),
                answered<R>(3, 3, 4, R::read(), 0)});
  EXPECT_EQ(verdict.kind, Kind::not_linearizable);
  EXPECT_EQ(verdict.stops_at, 2U);
  EXPECT_EQ(verdict.prefix_events, 4U);  // three invocations, one response
  EXPECT_EQ(verdict.order, (Order{0, 1}));
  ASSERT_EQ(verdict.states.size(), 1U);
  EXPECT_EQ(verdict.states[0].state, "value 1");
  EXPECT_EQ(verdict.states[0].refusal, "the model answers read 1");
}

TEST(Linearizability, TwoReadersDoNotSeeTwoWritesInTwoOrders) {
  // Both writes overlap all reads.
  const auto history = [](int last_of_3, int last_of_4) {
    return std::vector{answered<R>(1, 0, 20, R::write(1), 1),
                       answered<R>(2, 0, 20, R::write(2), 2),
                       answered<R>(3, 1, 2, R::read(), 3 - last_of_3),
                       answered<R>(4, 1, 2, R::read(), 3 - last_of_4),
                       answered<R>(3, 3, 4, R::read(), last_of_3),
                       answered<R>(4, 3, 4, R::read(), last_of_4)};
  };
  EXPECT_TRUE(check<R>(history(2, 2)).linearizable());
  EXPECT_TRUE(check<R>(history(1, 1)).linearizable());
  const Verdict verdict = check<R>(history(2, 1));
  EXPECT_EQ(verdict.kind, Kind::not_linearizable);
  EXPECT_EQ(verdict.stops_at, 5U);
}

TEST(Linearizability, QueuesGiveOutWhatCameFirst) {
  const auto history = [](std::uint64_t second_push, int popped) {
    return std::vector{answered<Q>(1, 0, 3, Q::push(1), {}),
                       answered<Q>(2, second_push, 5, Q::push(2), {}),
                       answered<Q>(1, 6, 7, Q::pop(), popped)};
  };
  EXPECT_TRUE(check<Q>(history(4, 1)).linearizable());
  EXPECT_FALSE(check<Q>(history(4, 2)).linearizable());
  EXPECT_TRUE(check<Q>(history(1, 2)).linearizable()) << "the pushes overlap";
}

TEST(Linearizability, WhatIsPushedIsPoppedOnce) {
  const Verdict verdict =
      check<Q>({answered<Q>(1, 0, 1, Q::push(7), {}), answered<Q>(1, 2, 4, Q::pop(), 7),
                answered<Q>(2, 3, 5, Q::pop(), 7)});
  EXPECT_EQ(verdict.stops_at, 2U);
  ASSERT_EQ(verdict.states.size(), 1U);
  EXPECT_EQ(verdict.states[0].state, "");
  EXPECT_EQ(verdict.states[0].refusal, "the model answers pop nothing");
}

TEST(Linearizability, ACallWithoutResponseMayHaveTakenEffectOrNot) {
  for (const int value : {0, 1}) {
    const Verdict verdict =
        check<R>({open<R>(1, 0, R::write(1)), answered<R>(2, 5, 6, R::read(), value)});
    EXPECT_TRUE(verdict.linearizable()) << value;
    EXPECT_EQ(verdict.order.size(), value == 1 ? 2U : 1U);
  }
  // A call takes effect not before it is invoked, not twice, and permanently.
  EXPECT_FALSE(
      check<R>({answered<R>(2, 0, 1, R::read(), 1), open<R>(1, 2, R::write(1))}).linearizable());
  EXPECT_FALSE(check<R>({open<R>(1, 0, R::write(1)), answered<R>(2, 1, 2, R::read(), 1),
                         answered<R>(2, 3, 4, R::write(2), 2), answered<R>(2, 5, 6, R::read(), 1)})
                   .linearizable());
  EXPECT_FALSE(check<R>({open<R>(1, 0, R::write(1)), answered<R>(2, 1, 2, R::read(), 1),
                         answered<R>(2, 3, 4, R::read(), 0)})
                   .linearizable());
  // Long after the call.
  EXPECT_TRUE(check<R>({open<R>(1, 0, R::write(1)), answered<R>(2, 1, 2, R::read(), 0),
                        answered<R>(2, 3, 4, R::read(), 0), answered<R>(2, 5, 6, R::read(), 1)})
                  .linearizable());
}

TEST(Linearizability, WhichCallsWithoutResponseAreLeftMattersBesideTheState) {
  // Both writes in one order, or the second alone, leave 2. Only after that may 1 be read.
  const Verdict verdict =
      check<R>({open<R>(1, 0, R::write(1)), open<R>(2, 0, R::write(2)),
                answered<R>(3, 1, 2, R::read(), 2), answered<R>(3, 3, 4, R::read(), 1)});
  EXPECT_EQ(verdict.order, (Order{1, 2, 0, 3}));
}

TEST(Linearizability, CallsWithoutResponseThatDoTheSameMayAllTakeEffect) {
  const auto history = [](int last) {
    return std::vector{open<R>(1, 0, R::write(1)),
                       open<R>(2, 0, R::write(1)),
                       answered<R>(3, 1, 2, R::read(), 1),
                       answered<R>(3, 3, 4, R::write(2), 2),
                       answered<R>(3, 5, 6, R::read(), 1),
                       answered<R>(3, 7, 8, R::write(2), 2),
                       answered<R>(3, 9, 10, R::read(), last)};
  };
  EXPECT_EQ(check<R>(history(2)).order, (Order{0, 2, 3, 1, 4, 5, 6}));
  EXPECT_FALSE(check<R>(history(1)).linearizable()) << "there were only two";
}

TEST(Linearizability, AModelMayFindMoreThanOneAnswerRight) {
  using B = BagModel;
  const auto taken = [](std::optional<int> value) {
    return check<B>({answered<B>(1, 0, 1, B::put(1), {}), answered<B>(1, 2, 3, B::put(2), {}),
                     answered<B>(2, 4, 5, B::take(), value)});
  };
  EXPECT_TRUE(taken(1).linearizable());
  EXPECT_TRUE(taken(2).linearizable());
  EXPECT_FALSE(taken(std::nullopt).linearizable());
  const Verdict verdict = taken(3);
  ASSERT_EQ(verdict.states.size(), 1U);
  EXPECT_EQ(verdict.states[0].state, "inside 1 2");
  EXPECT_EQ(verdict.states[0].refusal, "the model does not allow this result");
}

TEST(Linearizability, AnOpenCallMayHaveComeToAnyOfItsOutcomes) {
  using B = BagModel;
  const auto left = [](int value) {
    return check<B>({answered<B>(1, 0, 1, B::put(1), {}), answered<B>(1, 2, 3, B::put(2), {}),
                     open<B>(2, 4, B::take()), answered<B>(1, 5, 6, B::take(), value),
                     answered<B>(1, 7, 8, B::take(), std::nullopt)});
  };
  EXPECT_TRUE(left(1).linearizable());
  EXPECT_TRUE(left(2).linearizable());
  EXPECT_THAT(states_of(left(3)),
              testing::UnorderedElementsAre("inside 1 2", "inside 1", "inside 2"));
}

TEST(Linearizability, ThePrefixGoesOnToTheResponseThatNothingExplains) {
  // Client 1's result is wrong, but that shows only at the end: until then it may still return
  // something else.
  const Verdict verdict =
      check<R>({answered<R>(1, 0, 9, R::read(), 3), answered<R>(2, 1, 2, R::write(1), 1),
                answered<R>(2, 3, 4, R::read(), 1)});
  EXPECT_EQ(verdict.stops_at, 0U);
  EXPECT_EQ(verdict.prefix_events, 5U);
  EXPECT_EQ(verdict.order, (Order{1, 2}));
}

TEST(Linearizability, NamesAllStatesThatAreStillPossible) {
  // Either of the two writes may have been the last one.
  const Verdict verdict =
      check<R>({answered<R>(1, 0, 5, R::write(1), 1), answered<R>(2, 0, 5, R::write(2), 2),
                answered<R>(3, 6, 7, R::read(), 3)});
  EXPECT_THAT(states_of(verdict), testing::UnorderedElementsAre("value 1", "value 2"));
  EXPECT_FALSE(verdict.has_more_states);
}

TEST(Linearizability, ListsEightStatesAndSaysThatThereAreMore) {
  std::vector<sim::test::CallOf<R>> calls;
  for (int value = 1; value <= 9; ++value) {
    calls.push_back(answered<R>(static_cast<std::uint32_t>(value), 0, 5, R::write(value), value));
  }
  calls.push_back(answered<R>(0, 6, 7, R::read(), 10));
  const Verdict verdict = check<R>(calls);
  EXPECT_EQ(verdict.states.size(), 8U);
  EXPECT_TRUE(verdict.has_more_states);
  EXPECT_TRUE(verdict.longest);
}

TEST(Linearizability, SaysWhereOthersNeedTheCallToComeBefore) {
  // The read of 1 needs the write to have come, so the write cannot answer that it wrote 2.
  const Verdict verdict =
      check<R>({answered<R>(1, 0, 5, R::write(1), 2), answered<R>(2, 1, 2, R::read(), 1)});
  EXPECT_EQ(verdict.stops_at, 0U);
  EXPECT_EQ(verdict.order, (Order{0, 1}));
  EXPECT_EQ(verdict.needed_at, 0U);
  ASSERT_EQ(verdict.states.size(), 1U);
  EXPECT_EQ(verdict.states[0].state, "value 0");
}

TEST(Linearizability, TellsADoubleSpendInWords) {
  using B = BankModel;
  const HistoryOf<B> history{{answered<B>(3, 0, 1, B::transfer(2, 1, 50), 1),
                              answered<B>(1, 2, 4, B::transfer(0, 1, 800), 1),
                              answered<B>(2, 3, 5, B::transfer(0, 2, 800), 1)}};
  const Verdict verdict = sim::check_linearizability(history, B{});
  EXPECT_EQ("\n" + sim::linearizability_text(history, B{}, verdict), R"(
not linearizable: no order explains client 2's transfer 800 from 0 to 2: ok

the longest linearizable prefix has 5 invocations and responses; this order of its calls explains it
(each call with the times of its invocation and its response)
     1  client 3   transfer 50 from 2 to 1: ok   0-1
     2  client 1   transfer 800 from 0 to 1: ok  2-4
the next response is not explained
     >  client 2   transfer 800 from 0 to 2: ok  3-5
in the only state that is possible at this point
        balances 200, 1350, 150: the model answers transfer 800 from 0 to 2: insufficient
)");
}

TEST(Linearizability, RefusesAResponseBeforeItsInvocation) {
  EXPECT_THROW(check<R>({answered<R>(1, 3, 2, R::read(), 0)}), sim::UsageError);
}

// ---------------------------------------------------------------------------------------------
// Split by key

TEST(SplitLinearizability, IsRefusedWhereAnOperationIsAboutMoreThanOneKey) {
  using B = BankModel;
  const HistoryOf<B> history{
      {answered<B>(1, 0, 1, B::balance(0), 1000), answered<B>(4, 2, 3, B::transfer(0, 1, 5), 1)}};
  const auto verdict = sim::check_linearizability_by_key(history, B{});
  ASSERT_TRUE(std::holds_alternative<std::string>(verdict));
  EXPECT_EQ(std::get<std::string>(verdict),
            "call 1 of the history, transfer 5 from 0 to 1: ok of client 4, is not about one key: "
            "check the history as a whole");
}

/// Many registers.
struct RegistersModel {
  struct Op {
    std::string name;
    RegisterModel::Op op;
  };
  using State = int;
  using Result = int;

  [[nodiscard]] State initial() const { return 0; }
  Result apply(State& value, const Op& op) const { return RegisterModel{}.apply(value, op.op); }
  [[nodiscard]] std::string describe(const Op& op, const Result* result) const {
    return op.name + ": " + RegisterModel{}.describe(op.op, result);
  }
  [[nodiscard]] std::optional<std::string> key(const Op& op) const { return op.name; }
};
using Rs = RegistersModel;

TEST(SplitLinearizability, PutsTheOrdersOfTheKeysTogether) {
  const HistoryOf<Rs> history{
      {answered<Rs>(1, 0, 9, {"x", R::write(1)}, 1), answered<Rs>(2, 1, 2, {"x", R::read()}, 0),
       answered<Rs>(2, 3, 4, {"y", R::write(5)}, 5), answered<Rs>(3, 5, 6, {"x", R::read()}, 1),
       answered<Rs>(3, 7, 8, {"y", R::read()}, 5)}};
  const auto checked = sim::check_linearizability_by_key(history, Rs{});
  const Verdict& verdict = std::get<Verdict>(checked);
  EXPECT_TRUE(verdict.linearizable());
  const Order order = verdict.order;
  ASSERT_EQ(order.size(), 5U);
  const auto place = [&](std::size_t call) {
    return std::find(order.begin(), order.end(), call) - order.begin();
  };
  // The orders that each register requires and that the times require.
  EXPECT_LT(place(1), place(0));
  EXPECT_LT(place(0), place(3));
  EXPECT_LT(place(1), place(2));
  EXPECT_LT(place(2), place(3));
  EXPECT_LT(place(3), place(4));
}

TEST(SplitLinearizability, NamesTheKeyThatIsNot) {
  const HistoryOf<Rs> history{
      {answered<Rs>(1, 0, 1, {"x", R::write(1)}, 1), answered<Rs>(2, 2, 3, {"y", R::write(2)}, 2),
       answered<Rs>(2, 4, 5, {"y", R::read()}, 1), answered<Rs>(1, 6, 7, {"x", R::read()}, 1)}};
  const auto checked = sim::check_linearizability_by_key(history, Rs{});
  const Verdict& verdict = std::get<Verdict>(checked);
  EXPECT_EQ(verdict.kind, Kind::not_linearizable);
  EXPECT_EQ(verdict.key, "y");
  EXPECT_EQ(verdict.stops_at, 2U);
  EXPECT_THAT(sim::linearizability_text(history, Rs{}, verdict),
              HasSubstr("not linearizable of key y: no order explains client 2's y: read 1"));
}

// ---------------------------------------------------------------------------------------------
// Limits

/// Writes that all overlap, then a read of a value that nobody wrote: all sets of them are
/// explored.
std::vector<sim::test::CallOf<R>> hard_history() {
  std::vector<sim::test::CallOf<R>> calls;
  for (int value = 1; value <= 16; ++value) {
    calls.push_back(answered<R>(static_cast<std::uint32_t>(value), 0, 5, R::write(value), value));
  }
  calls.push_back(answered<R>(0, 6, 7, R::read(), -1));
  return calls;
}

TEST(LinearizabilityLimits, ConfigurationsAnswerUnknown) {
  const HistoryOf<R> history{hard_history()};
  const CheckLimits limits{.configurations_max = 1'000};
  const Verdict verdict = sim::check_linearizability(history, R{}, limits);
  EXPECT_EQ(verdict.kind, Kind::unknown);
  EXPECT_FALSE(verdict.linearizable());
  EXPECT_GE(verdict.explored, 1'000U);
  EXPECT_LT(verdict.explored, 1'100U);
  EXPECT_THAT(sim::linearizability_text(history, R{}, verdict),
              testing::MatchesRegex("not known whether the history is linearizable: 1,0.. "
                                    "configurations were explored, as many as the limit allows\n"));
}

TEST(LinearizabilityLimits, TimeAnswersUnknown) {
  const CheckLimits limits{.time = std::chrono::milliseconds{0}, .configurations_max = {}};
  const Verdict verdict = sim::check_linearizability(HistoryOf<R>{hard_history()}, R{}, limits);
  EXPECT_EQ(verdict.kind, Kind::unknown);
  EXPECT_THAT(verdict.why, HasSubstr("the time limit of 0 ms was reached"));
}

TEST(LinearizabilityLimits, ALimitBehindTheVerdictLeavesAShorterExplanation) {
  // As many states as the verdict needs, but not enough to find the longest prefix.
  std::vector<sim::test::CallOf<R>> calls{answered<R>(1, 0, 9, R::read(), 3),
                                          answered<R>(2, 1, 2, R::write(1), 1),
                                          answered<R>(2, 3, 4, R::read(), 1)};
  const HistoryOf<R> history{calls};
  std::uint64_t enough = 1;
  const auto with = [&](std::uint64_t configurations) {
    return sim::check_linearizability(history, R{}, {.configurations_max = configurations});
  };
  while (with(enough).kind == Kind::unknown) ++enough;
  const Verdict verdict = with(enough);
  EXPECT_EQ(verdict.kind, Kind::not_linearizable);
  EXPECT_FALSE(verdict.longest);
  EXPECT_TRUE(verdict.has_more_states);
  EXPECT_THAT(sim::linearizability_text(history, R{}, verdict),
              HasSubstr("a limit was reached before a longer one could be ruled out"));
}

// ---------------------------------------------------------------------------------------------
// Long histories

constexpr std::int64_t kMoreThanThereIs = 1'000'000;

/// Clients of a bank that handles their calls one at a time, each at some moment during the call:
/// their history is linearizable.
class BankClients {
 public:
  BankClients(std::uint64_t seed, std::size_t clients, bool only_transfers)
      : random_(seed), clients_(clients), only_transfers_(only_transfers) {}

  HistoryOf<BankModel> run(std::size_t calls) {
    while (answered_ < calls) step(random_.below(static_cast<std::uint32_t>(clients_.size())));
    return recorder_.history();
  }

 private:
  struct Client {
    std::optional<sim::CallId> call;
    BankModel::Op op{};
    std::optional<std::int64_t> answer;
  };

  void step(std::uint32_t index) {
    Client& client = clients_[index];
    if (!client.call) {
      client.op = some_operation();
      client.call = recorder_.invoke(index, client.op);
    } else if (!client.answer) {
      client.answer = BankModel{}.apply(balances_, client.op);
    } else {
      recorder_.respond(*client.call, *client.answer);
      client = {};
      ++answered_;
    }
  }

  BankModel::Op some_operation() {
    const std::uint32_t kind = only_transfers_ ? 0 : random_.below(10);
    const std::size_t account = random_.below(3);
    if (kind == 8) return BankModel::balance(account);
    if (kind == 9) return BankModel::total();
    // Sometimes more than the sum of all accounts.
    const bool refused = random_.below(50) == 0;
    const std::int64_t amount = refused ? kMoreThanThereIs : 1 + random_.below(800);
    return BankModel::transfer(account, (account + 1 + random_.below(2)) % 3, amount);
  }

  sim::Random random_;
  std::vector<Client> clients_;
  bool only_transfers_;
  BankModel::State balances_ = BankModel{}.initial();
  std::size_t answered_ = 0;
  sim::HistoryRecorder<BankModel::Op, BankModel::Result> recorder_;
};

/// Whether `order` contains all calls with a response, explains their results and respects their
/// times.
void expect_explains(const HistoryOf<BankModel>& history, const Order& order) {
  BankModel::State balances = BankModel{}.initial();
  std::uint64_t latest_invocation = 0;
  std::size_t answered = 0;
  for (const std::size_t i : order) {
    const auto& call = history.calls[i];
    const std::int64_t answer = BankModel{}.apply(balances, call.op);
    latest_invocation = std::max(latest_invocation, call.invoked);
    if (!call.response) continue;
    ++answered;
    ASSERT_EQ(answer, call.response->result) << "call " << i;
    ASSERT_GE(call.response->at, latest_invocation) << "call " << i;
  }
  EXPECT_EQ(answered, static_cast<std::size_t>(std::count_if(
                          history.calls.begin(), history.calls.end(),
                          [](const auto& call) { return call.response.has_value(); })));
}

TEST(LongHistories, FiveThousandTransfersByEightClientsUnsplit) {
  const HistoryOf<BankModel> history = BankClients{1, 8, true}.run(5'000);
  const Verdict verdict = sim::check_linearizability(history, BankModel{});
  ASSERT_TRUE(verdict.linearizable());
  expect_explains(history, verdict.order);
  RecordProperty("configurations", static_cast<int>(verdict.explored));
}

TEST(LongHistories, AreLinearizableByConstruction) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const HistoryOf<BankModel> history = BankClients{seed, 2 + seed % 7, false}.run(500);
    const Verdict verdict = sim::check_linearizability(history, BankModel{});
    ASSERT_TRUE(verdict.linearizable()) << seed;
    expect_explains(history, verdict.order);
  }
}

/// A transfer that returns success although no account ever held so much.
std::size_t corrupt(HistoryOf<BankModel>& history, std::size_t from) {
  for (std::size_t i = from;; ++i) {
    auto& call = history.calls.at(i);
    if (call.op.amount != kMoreThanThereIs || !call.response) continue;
    call.response->result = 1;
    return i;
  }
}

TEST(LongHistories, WithOneWrongAnswerAreLinearizableUpToIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    HistoryOf<BankModel> history = BankClients{seed, 4, true}.run(500);
    const std::size_t wrong = corrupt(history, 200);
    const Verdict verdict = sim::check_linearizability(history, BankModel{});
    ASSERT_EQ(verdict.kind, Kind::not_linearizable) << seed;
    EXPECT_EQ(verdict.stops_at, wrong) << seed;
    EXPECT_TRUE(verdict.longest);
    EXPECT_FALSE(verdict.states.empty());
  }
}

TEST(LongHistories, OneWrongAnswerOfFiveThousandByEightClients) {
  HistoryOf<BankModel> history = BankClients{2, 8, true}.run(5'000);
  const std::size_t wrong = corrupt(history, 4'000);
  const Verdict verdict = sim::check_linearizability(history, BankModel{});
  ASSERT_EQ(verdict.kind, Kind::not_linearizable);
  EXPECT_EQ(verdict.stops_at, wrong);
  const std::string text = sim::linearizability_text(history, BankModel{}, verdict);
  EXPECT_THAT(text, HasSubstr("before\n"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 35);
  RecordProperty("configurations", static_cast<int>(verdict.explored));
}

TEST(LongHistories, TakeClientsThatNeverHearAgain) {
  HistoryOf<BankModel> history = BankClients{3, 8, true}.run(1'000);
  for (const std::size_t lost : {100U, 300U, 700U}) history.calls[lost].response.reset();
  const Verdict verdict = sim::check_linearizability(history, BankModel{});
  ASSERT_TRUE(verdict.linearizable());
  expect_explains(history, verdict.order);
}

}  // namespace
