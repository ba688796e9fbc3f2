#include <bank/scenarios.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <bank/workload.hpp>
#include <bank/workload_header.hpp>

namespace bank {
namespace {

constexpr std::size_t kAlice = 0;
constexpr std::size_t kBob = 1;
constexpr std::size_t kCharlie = 2;

/// A workload on the accounts of the live lab.
Workload lab(Algorithm algorithm, std::vector<Transfer> transfers) {
  return {algorithm,
          {{"alice", whole(1000)}, {"bob", whole(500)}, {"charlie", whole(200)}},
          std::move(transfers)};
}

void add(sim::Registry& registry, std::string name, std::string summary, const Workload& workload,
         bool fails) {
  registry.add({std::move(name), std::move(summary), fails, {}, [workload](const sim::Arguments&) {
                  return make_program(workload);
                }});
}

}  // namespace

void add_scenarios(sim::Registry& registry) {
  const Transfer to_bob{kAlice, kBob, whole(800)};
  const Transfer to_charlie{kAlice, kCharlie, whole(800)};
  const Transfer little_to_bob{kAlice, kBob, whole(100)};
  const Transfer little_to_charlie{kAlice, kCharlie, whole(100)};
  const Transfer little_back{kBob, kAlice, whole(100)};

  add(registry, "bank/double-spend", "two transfers of 800 from alice's 1000, check-then-act",
      lab(Algorithm::check_then_act, {to_bob, to_charlie}), true);
  add(registry, "bank/double-spend-3", "three transfers of 800 from alice's 1000, check-then-act",
      lab(Algorithm::check_then_act, {to_bob, to_charlie, to_bob}), true);
  add(registry, "bank/lost-update", "two transfers whose deduction is a load and a store",
      lab(Algorithm::lost_update, {little_to_bob, little_to_charlie}), true);
  add(registry, "bank/locked", "the double-spend under locks taken in one order: the fix",
      lab(Algorithm::ordered_locks, {to_bob, to_charlie}), false);
  add(registry, "bank/optimistic", "the double-spend with version checks: a fix without locks",
      lab(Algorithm::optimistic, {to_bob, to_charlie}), false);
  add(registry, "bank/deadlock", "two opposite transfers under locks taken in request order",
      lab(Algorithm::request_order_locks, {little_to_bob, little_back}), true);

  const auto read_program = [](const sim::Schedule& schedule) {
    std::variant<Workload, sim::ScheduleError> workload = workload_from(schedule);
    if (auto* const error = std::get_if<sim::ScheduleError>(&workload)) {
      return std::variant<sim::Program, sim::ScheduleError>{std::move(*error)};
    }
    return std::variant<sim::Program, sim::ScheduleError>{
        make_program(std::move(std::get<Workload>(workload)))};
  };
  // Registered for each header line, so that a schedule that lacks one still gets this reader's
  // error.
  for (const char* const key : {"algorithm", "start", "task", "past", "until", "gives-up"}) {
    registry.add_reader(key, read_program);
  }
}

}  // namespace bank
