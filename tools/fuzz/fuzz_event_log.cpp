// Fuzz target for event logs. Property: any content of the memory that a crashed process leaves
// gives a recording that can be used.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <sim/engine/abi_check.hpp>
#include <sim/process/event_log.hpp>

#include <tools/fuzz/fuzz_check.hpp>

// Only the code under test has sanitizers, and it runs no fibers: the library may be built without.
[[gnu::weak]] const char sim::SIM_BUILT_FOR = 0;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first byte selects whether the log begins with its correct size, as an undamaged log does.
  if (size == 0) return 0;
  std::vector<char> memory(data + 1, data + size);
  if ((data[0] & 1U) == 0) {
    const std::size_t used = memory.size();
    memory.insert(memory.begin(), sizeof(used), '\0');
    std::memcpy(memory.data(), &used, sizeof(used));
  }
  const sim::EventLog log = sim::read_event_log(memory);
  const sim::Recording& recording = log.recording;
  fuzz::check(recording.steps() <= recording.events.size(), "steps are events");
  fuzz::check(recording.trace().size() <= recording.events.size(), "the trace is made of events");
  fuzz::check(recording.schedule_entries().size() <= recording.events.size(),
              "a schedule is made of events");
  const sim::Recording part = recording.up_to_failure();
  fuzz::check(part.events.size() <= recording.events.size(), "a part is not longer");
  for (const auto* events : {&recording.events, &recording.waiting}) {
    for (const sim::RecordedEvent& event : *events) {
      fuzz::check(event.task < recording.tasks.size(), "the task of each event is known");
    }
  }
  return 0;
}
