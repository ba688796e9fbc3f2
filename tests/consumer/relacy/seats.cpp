#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/registration.hpp>
#include <sim/sync.hpp>

namespace {

class Seats {
 public:
  explicit Seats(int free) : free_(free, "free") {}

  bool book() {
    int free = free_.load();
    while (free > 0) {
      if (free_.compare_exchange_weak(free, free - 1)) return true;
    }
    return false;
  }
  [[nodiscard]] const sim::atomic<int>& free() const { return free_; }

 private:
  sim::atomic<int> free_;
};

}  // namespace

RACELAB_SCENARIO("seats", "three tasks book two seats") {
  // before()
  Seats seats{2};
  int booked[3] = {};
  // invariant()
  const sim::Invariant never_overbooked{
      "no seat is sold twice", {seats.free().id()}, [&] { return seats.free().peek() >= 0; }};
  // thread(unsigned index)
  sim::thread threads[3];
  for (int index = 0; index < 3; ++index) {
    threads[index] = sim::thread{[&, index] { booked[index] = seats.book() ? 1 : 0; }};
  }
  for (sim::thread& thread : threads) thread.join();
  // after()
  SIM_ASSERT(booked[0] + booked[1] + booked[2] == 2);
}
