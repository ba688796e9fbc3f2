// The example of docs/rapidcheck.md. Its first property fails: rapidcheck_gtest_test.cpp runs it.

#include <ostream>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sim/rapidcheck_gtest.hpp>
#include <sim/sync/atomic.hpp>
#include <sim/sync/thread.hpp>

/// Checks the stock and then acts.
class Shop {
 public:
  explicit Shop(int stock) : stock_(stock, "stock") {}

  bool sell(int pieces) {
    if (stock_.load() < pieces) return false;
    stock_ -= pieces;
    return true;
  }
  [[nodiscard]] int stock() const { return stock_.peek(); }

 private:
  sim::atomic<int> stock_;
};

/// The stock in the morning, and the pieces that each customer wants.
struct Day {
  int stock = 0;
  std::vector<int> orders;
};

void showValue(const Day& day, std::ostream& out) {
  out << "stock " << day.stock << ", orders";
  for (const int pieces : day.orders) out << " " << pieces;
}

template <>
struct rc::Arbitrary<Day> {
  static Gen<Day> arbitrary() {
    const auto orders = gen::container<std::vector<int>>(gen::inRange(1, 10));
    return gen::build<Day>(gen::set(&Day::stock, gen::inRange(0, 20)),
                           gen::set(&Day::orders, gen::resize(4, orders)));  // at most 4
  }
};

RACELAB_PROP(Shop, SellsNoMoreThanItHas, (const Day& day)) {
  return [day] {
    Shop shop{day.stock};
    std::vector<sim::thread> customers;
    for (const int pieces : day.orders) {
      customers.emplace_back([&shop, pieces] { shop.sell(pieces); });
    }
    for (sim::thread& customer : customers) customer.join();
    EXPECT_GE(shop.stock(), 0);
  };
}

/// The check and the deduction are one step.
class FixedShop {
 public:
  explicit FixedShop(int stock) : stock_(stock, "stock") {}

  bool sell(int pieces) {
    int stock = stock_.load();
    while (stock >= pieces) {
      if (stock_.compare_exchange_strong(stock, stock - pieces)) return true;
    }
    return false;
  }
  [[nodiscard]] int stock() const { return stock_.peek(); }

 private:
  sim::atomic<int> stock_;
};

TEST(FixedShop, SellsNoMoreThanItHas) {
  sim::PropertyOptions options;
  options.cases = 50;
  options.test.search.executions = 4'000;  // for each case
  sim::explore_property(
      [](const Day& day) {
        RC_CLASSIFY(day.orders.size() < 2, "too few customers to interleave");
        return [day] {
          FixedShop shop{day.stock};
          std::vector<sim::thread> customers;
          for (const int pieces : day.orders) {
            customers.emplace_back([&shop, pieces] { shop.sell(pieces); });
          }
          for (sim::thread& customer : customers) customer.join();
          EXPECT_GE(shop.stock(), 0);
        };
      },
      options);
}
