// The ledger against a sequential model: sequences of commands, in both worlds.

#include <cstddef>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/state.h>

#include <bank/algorithm.hpp>
#include <tests/bank/model.hpp>
#include <tests/bank/worlds.hpp>

namespace bank_test {
namespace {

using bank::Balance;
using bank::Money;

const std::vector<bank::AccountStart> kAccounts{
    {"a", bank::whole(3)}, {"b", bank::whole(1)}, {"c", bank::whole(0)}};

/// A ledger and the context of the one task that uses it.
template <class R>
struct Sut {
  bank::Ledger<R> ledger{kAccounts};
  typename R::Context context{};
};

template <class R>
using Command = rc::state::Command<Model, Sut<R>>;

/// One transfer by any algorithm: alone, each must do what the model does.
template <class R>
struct Transfer : Command<R> {
  bank::Algorithm algorithm = *rc::gen::map(
      rc::gen::elementOf(std::vector(bank::kAlgorithms.begin(), bank::kAlgorithms.end())),
      [](const bank::AlgorithmInfo& info) { return info.algorithm; });
  bank::Transfer transfer = make();

  static bank::Transfer make() {
    const auto from = *rc::gen::inRange<std::size_t>(0, kAccounts.size());
    const auto distance = *rc::gen::inRange<std::size_t>(1, kAccounts.size());
    return {from, (from + distance) % kAccounts.size(), bank::whole(*rc::gen::inRange(1, 5))};
  }
  void apply(Model& model) const override { model.transfer(transfer); }
  void run(const Model& before, Sut<R>& sut) const override {
    Model model = before;
    const bank::TransferResult expected = model.transfer(transfer);
    const bank::TransferResult found = bank::execute(algorithm, sut.ledger, transfer, sut.context);
    RC_ASSERT(found.status == expected.status);
    RC_ASSERT(found.from_before == expected.from_before);
    RC_ASSERT(found.from_after == expected.from_after);
    RC_ASSERT(found.to_before == expected.to_before);
    RC_ASSERT(found.to_after == expected.to_after);
    RC_ASSERT(sut.ledger.in_flight.value() == 0);
  }
  void show(std::ostream& out) const override {
    out << fmt::format("{} {} {} {}", to_string(algorithm), kAccounts[transfer.from].id,
                       kAccounts[transfer.to].id, transfer.amount);
  }
};

/// All that there is to read.
template <class R>
struct Read : Command<R> {
  void run(const Model& model, Sut<R>& sut) const override {
    Money total;
    for (std::size_t i = 0; i < kAccounts.size(); ++i) {
      RC_ASSERT(sut.ledger.at(i).balance.peek() == model.balances[i]);
      RC_ASSERT(sut.ledger.at(i).balance.read(sut.context, bank::words::kRead) ==
                model.balances[i]);
      RC_ASSERT(sut.ledger.find(kAccounts[i].id) == &sut.ledger.at(i));
      total = total + model.balances[i].amount;
    }
    RC_ASSERT(sut.ledger.total() == total);
    RC_ASSERT(sut.ledger.find("d") == nullptr);
  }
  void show(std::ostream& out) const override { out << "read"; }
};

/// Runs generated commands in one execution, where the objects of the simulator live.
template <class World>
void follows_the_model() {
  using R = typename World::Runtime;
  const Model start{kAccounts};
  const auto commands = *rc::state::gen::commands(
      start, rc::state::gen::execOneOfWithArgs<Transfer<R>, Transfer<R>, Read<R>>());
  std::optional<rc::detail::CaseResult> failure;
  World::run(1, [&] {
    Sut<R> sut;
    try {
      rc::state::runAll(commands, start, sut);
    } catch (const rc::detail::CaseResult& result) {
      failure = result;
    }
  });
  if (failure) throw *failure;
}

RC_GTEST_PROP(StatefulLedgerOnFibers, FollowsTheModel, ()) {
  follows_the_model<OnFibers>();
}
RC_GTEST_PROP(StatefulLedgerOnThreads, FollowsTheModel, ()) {
  follows_the_model<OnThreads>();
}

/// A task on real threads that notes what it is told of.
struct Noted {
  std::vector<std::pair<std::string, std::string>> steps;  ///< word, object
  std::vector<std::pair<bool, std::string>> checks;

  void before_step(const char* word, std::string_view object) { steps.emplace_back(word, object); }
  template <class T>
  void after_step(const char* /*word*/, std::string_view /*object*/, const T& /*value*/,
                  const sim::StepPlace& /*place*/) {}
  template <class Text>
  void check(bool passed, const Text& text) {
    checks.emplace_back(passed, text());
  }
  template <class Text>
  void describe(const Text& /*text*/) {}
};

using NotedSteps = std::vector<std::pair<std::string, std::string>>;

/// The steps of a transfer that nothing disturbs.
NotedSteps steps_of(bank::Algorithm algorithm, const bank::Transfer& transfer, bool enough) {
  namespace words = bank::words;
  const std::string from = kAccounts[transfer.from].id;
  const std::string to = kAccounts[transfer.to].id;
  NotedSteps steps{{words::kRead, from + ".balance"}};
  if (enough) {
    if (algorithm == bank::Algorithm::optimistic) {
      steps.emplace_back(words::kCommit, from + ".balance");
    } else if (algorithm == bank::Algorithm::lost_update) {
      steps.emplace_back(words::kLoad, from + ".balance");
      steps.emplace_back(words::kStore, from + ".balance");
    } else {
      steps.emplace_back(words::kDeduct, from + ".balance");
    }
    steps.emplace_back(words::kCredit, to + ".balance");
  }
  const bool in_order = algorithm == bank::Algorithm::ordered_locks;
  if (!in_order && algorithm != bank::Algorithm::request_order_locks) return steps;
  const bool swapped = in_order && transfer.to < transfer.from;
  const std::string first = (swapped ? to : from) + ".lock";
  const std::string second = (swapped ? from : to) + ".lock";
  NotedSteps locked{{words::kLock, first}, {words::kLock, second}};
  locked.insert(locked.end(), steps.begin(), steps.end());
  locked.emplace_back(words::kUnlock, second);
  locked.emplace_back(words::kUnlock, first);
  return locked;
}

RC_GTEST_PROP(StatefulLedgerOnThreads, TellsOfEachStepAndCheck, ()) {
  using R = sim::ThreadRuntime<Noted>;
  const Transfer<R> command;
  const bank::Transfer& transfer = command.transfer;
  Sut<R> sut;
  const Model model{kAccounts};
  bank::execute(command.algorithm, sut.ledger, transfer, sut.context);

  const bool enough = model.suffices(transfer);
  RC_ASSERT(sut.context.checks.size() == 1U);
  RC_ASSERT(sut.context.checks[0].first == enough);
  RC_ASSERT(sut.context.checks[0].second == fmt::format("{} >= {}? {}",
                                                        model.balances[transfer.from].amount,
                                                        transfer.amount, enough ? "yes" : "no"));
  RC_ASSERT(sut.context.steps == steps_of(command.algorithm, transfer, enough));
}

}  // namespace
}  // namespace bank_test
