#include <sim/check.hpp>
#include <sim/registration.hpp>
#include <sim/sync/thread.hpp>

#include "tickets.hpp"

RACELAB_SCENARIO("tickets", "two tasks take a ticket each, and get different ones") {
  Tickets tickets;
  int one = 0;
  int two = 0;
  sim::thread anna{[&] { one = tickets.take(); }};
  sim::thread ben{[&] { two = tickets.take(); }};
  anna.join();
  ben.join();
  SIM_EXPECT(one != two);
}
