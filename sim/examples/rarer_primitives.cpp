#include <sim/examples/rarer_primitives.hpp>

#include <mutex>
#include <string>

#include <sim/check.hpp>
#include <sim/examples/with_fix.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/call_once.hpp>
#include <sim/sync/channel.hpp>
#include <sim/sync/condition_variable_any.hpp>
#include <sim/sync/future.hpp>
#include <sim/sync/recursive_mutex.hpp>
#include <sim/sync/task_local.hpp>
#include <sim/sync/thread.hpp>

namespace sim {
namespace {

/// One question to two servers, of which the first answer counts.
///
/// The bug: each looks whether the other one has answered and then answers. Both may look first,
/// and a promise is kept once: the second answer throws.
///
/// The fix: to look and to answer for both in one step.
void ask_two_servers(bool fixed) {
  atomic<bool> answered{false, "answered"};
  promise<int> answer{"answer"};
  const auto serve = [&](int server) {
    if (fixed ? answered.exchange(true) : answered.load()) return;
    if (!fixed) answered.store(true);
    answer.set_value(server);
  };
  future<int> result = answer.get_future();
  thread one{serve, 1};
  thread two{serve, 2};
  const int server = result.get();
  SIM_EXPECT(server == 1 || server == 2);
  one.join();
  two.join();
}

/// Two stages, each of which sends the other one what it is to do, through channels with room for
/// one.
///
/// The bug: each sends all it has before it receives. When both channels are full, both wait.
///
/// The fix: room for all that is sent.
void run_pipeline(bool fixed) {
  constexpr int kParts = 2;
  const std::size_t room = fixed ? kParts : 1;
  channel<int> forth{room, "forth"};
  channel<int> back{room, "back"};
  const auto stage = [](channel<int>& out, channel<int>& in) {
    for (int part = 1; part <= kParts; ++part) out.send(part);
    for (int part = 1; part <= kParts; ++part) SIM_EXPECT(in.receive() == part);
  };
  thread one{[&] { stage(forth, back); }};
  thread two{[&] { stage(back, forth); }};
  one.join();
  two.join();
}

/// A logger and a configuration, each made when it is first used, by whoever uses it.
///
/// The bug: who makes one of them makes the other one with it. Two tasks that begin at opposite
/// ends wait for each other.
///
/// The fix: the configuration is made without the logger.
void start_lazily(bool fixed) {
  once_flag logger{"logger"};
  once_flag configuration{"configuration"};
  const auto log = [&] { call_once(logger, [&] { call_once(configuration, [] {}); }); };
  const auto configure = [&] {
    call_once(configuration, [&] {
      if (!fixed) call_once(logger, [] {});
    });
  };
  thread one{log};
  thread two{configure};
  one.join();
  two.join();
}

/// Sales are counted by each task for itself, and added up when it ends.
///
/// The bug: to add up is a load and a store.
///
/// The fix: to add in one step.
class Sales {
 public:
  explicit Sales(bool fixed) : fixed_(fixed) {}
  void sell() { ++mine_->sold; }
  [[nodiscard]] int sold() const { return all_.peek(); }

 private:
  struct Count {
    explicit Count(Sales& to) : sales(to) {}
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { sales.add(sold); }
    Sales& sales;
    int sold = 0;
  };
  void add(int sold) {
    if (fixed_) {
      all_.fetch_add(sold);
    } else {
      all_.store(all_.load() + sold);
    }
  }

  bool fixed_;
  atomic<int> all_{0, "sold"};
  task_local<Count> mine_{[this] { return Count{*this}; }};
};

void sell(bool fixed) {
  Sales sales{fixed};
  const auto shop = [&sales] {
    sales.sell();
    sales.sell();
  };
  thread one{shop};
  thread two{shop};
  one.join();
  two.join();
  SIM_EXPECT(sales.sold() == 4);
}

/// A statement that is printed when the day's last booking is in.
///
/// The bug: it waits inside a function that is called with the mutex held, which the mutex allows.
/// A wait unlocks it once; it is still locked, and nobody can book.
///
/// The fix: to wait where it is locked once.
void print_statement(bool fixed) {
  recursive_mutex account{"account"};
  condition_variable_any booked{"booked"};
  bool last = false;
  const auto wait_for_last = [&] {
    std::unique_lock lock{account};
    booked.wait(lock, [&] { return last; });
  };
  thread printer{[&] {
    describe_task([] { return std::string{"prints the statement"}; });
    if (fixed) wait_for_last();
    const std::lock_guard whole{account};
    if (!fixed) wait_for_last();
    SIM_EXPECT(last);
  }};
  {
    const std::lock_guard lock{account};
    last = true;
    booked.notify_one();
  }
  printer.join();
}

}  // namespace

void add_rarer_primitives(Registry& registry) {
  add_with_fix(registry, "example/two-answers", "two servers both keep one promise",
               "the same, where looking and answering is one step", ask_two_servers);
  add_with_fix(registry, "example/pipeline", "two stages wait for room in each other's channel",
               "the same, with room for all that is sent", run_pipeline);
  add_with_fix(registry, "example/lazy-pair",
               "two things, of which each is made once, with the other one",
               "the same, where one is made without the other", start_lazily);
  add_with_fix(registry, "example/sales", "counts of each task that get lost when it ends",
               "the same, added in one step", sell);
  add_with_fix(registry, "example/statement", "a wait that unlocks a recursive mutex once too few",
               "the same, where it is locked once", print_statement);
}

}  // namespace sim
