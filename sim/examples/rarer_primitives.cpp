#include <sim/examples/rarer_primitives.hpp>

#include <mutex>
#include <string>

#include <sim/engine/check.hpp>
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

/// One question to two servers. The first answer counts.
///
/// The bug: each server checks whether the other one has answered, and then answers. Both may check
/// before either answers, and a promise can be satisfied only once: the second answer throws.
///
/// The fix: a server checks and claims the answer in one step.
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

/// Two tills that send their sales to one ledger through a channel.
///
/// The bug: a till that is done closes the channel. What the other till sends after that is lost.
///
/// The fix: the last till that is done closes the channel.
void close_tills(bool fixed) {
  channel<int> sold{1, "sold"};
  atomic<int> open{2, "open"};
  const auto till = [&] {
    sold.send(10);
    if (!fixed || open.fetch_sub(1) == 1) sold.close();
  };
  thread one{till};
  thread two{till};
  int sum = 0;
  while (const auto sale = sold.receive()) sum += *sale;
  one.join();
  two.join();
  SIM_EXPECT(sum == 20);
}

/// A logger and a configuration. The task that first uses one of them makes it.
///
/// The bug: making the logger makes the configuration, and making the configuration makes the
/// logger. Two tasks that begin with different ones wait for each other.
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

/// Each task counts its own sales and adds them to the total when it ends.
///
/// The bug: a task adds with a load and a store.
///
/// The fix: a task adds with one read-modify-write.
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

/// A statement that is printed when the last booking of the day was made.
///
/// The bug: the printer holds the recursive mutex when it calls a function that locks it again and
/// waits. The wait unlocks the mutex only once, so it stays locked and nobody can book.
///
/// The fix: the function is called before the mutex is locked.
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
  add_with_fix(registry, "example/two-answers", "two servers that both try to satisfy one promise",
               "two servers that check and claim the answer in one step", ask_two_servers);
  add_with_fix(registry, "example/early-close", "a channel that the first sender to be done closes",
               "a channel that the last sender to be done closes", close_tills);
  add_with_fix(registry, "example/lazy-pair",
               "two objects that are made lazily, each of which needs the other",
               "two objects that are made lazily, of which only one needs the other", start_lazily);
  add_with_fix(registry, "example/sales", "counts of tasks that get lost when the tasks end",
               "counts of tasks that are added to the total in one step", sell);
  add_with_fix(registry, "example/statement",
               "a wait that unlocks a recursive mutex one time too few",
               "a wait for a recursive mutex that is locked only once", print_statement);
}

}  // namespace sim
