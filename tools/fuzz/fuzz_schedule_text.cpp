// Fuzz target for the text of schedules. Properties: any bytes give a schedule or an error, and a
// schedule that is written and read again is equal.

#include <cstddef>
#include <cstdint>
#include <variant>

#include <bank/workload.hpp>
#include <bank/workload_header.hpp>
#include <sim/engine/abi_check.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/text_format.hpp>

#include <tools/fuzz/fuzz_check.hpp>

// Only the code under test has sanitizers, and it runs no fibers: the library may be built without.
[[gnu::weak]] const char sim::SIM_BUILT_FOR = 0;

namespace {

using fuzz::check;

void check_same(const sim::Schedule& a, const sim::Schedule& b) {
  check(a.scenario == b.scenario, "the scenario is the same");
  check(a.found_by == b.found_by, "the origin is the same");
  check(a.expect == b.expect, "the expected outcome is the same");
  check(a.program.size() == b.program.size(), "there are as many header lines");
  for (std::size_t i = 0; i < a.program.size(); ++i) {
    check(a.program[i].key == b.program[i].key, "the key is the same");
    check(a.program[i].value == b.program[i].value, "the value is the same");
  }
  check(a.entries.size() == b.entries.size(), "there are as many steps and choices");
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    check(a.entries[i].what == b.entries[i].what, "the step or choice is the same");
  }
}

void check_located(const sim::ScheduleError& error) {
  check(error.line > 0 && error.column > 0, "the error has a place");
  check(!error.message.empty(), "the error has a message");
}

/// Checks that a workload in the header of a schedule is equal after it is written and read again.
void check_workload(sim::Schedule schedule) {
  const auto read = bank::workload_from(schedule);
  if (const auto* const error = std::get_if<sim::ScheduleError>(&read)) {
    check_located(*error);
    return;
  }
  schedule.program = bank::header_of(std::get<bank::Workload>(read));
  const auto again = bank::workload_from(schedule);
  check(std::holds_alternative<bank::Workload>(again), "a written header can be read");
  const auto lines = bank::header_of(std::get<bank::Workload>(again));
  check(lines.size() == schedule.program.size(), "there are as many lines");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    check(lines[i].value == schedule.program[i].value, "the line is the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = sim::parse_schedule(fuzz::text_of(data, size));
  if (const auto* const error = std::get_if<sim::ScheduleError>(&parsed)) {
    check_located(*error);
    return 0;
  }
  const auto& schedule = std::get<sim::Schedule>(parsed);
  const auto again = sim::parse_schedule(sim::format_schedule(schedule));
  check(std::holds_alternative<sim::Schedule>(again), "a written schedule can be read");
  check_same(schedule, std::get<sim::Schedule>(again));
  check_workload(schedule);
  return 0;
}
