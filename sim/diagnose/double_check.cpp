#include <sim/diagnose/double_check.hpp>

#include <algorithm>
#include <set>

#include <sim/diagnose/conflict_pairs.hpp>

namespace sim {
namespace {

/// How a task uses a flag up to the point where it sets it under a mutex.
struct FlagUse {
  bool checked_outside = false;  ///< it found the flag zero while it held no mutex
  bool checked_inside = false;   ///< after that, it found it zero while it held a mutex
  bool set_inside = false;       ///< after that, it set it while it held a mutex
};

bool is_read(const RecordedEvent& event) {
  return event.is_step() && event.operation == OperationKind::load;
}

FlagUse use_of(const Recording& recording, const CriticalSections& sections, std::size_t task,
               ObjectId flag) {
  FlagUse use;
  for (std::size_t i = 0; i < recording.events.size() && !use.set_inside; ++i) {
    const RecordedEvent& event = recording.events[i];
    if (!event.is_step() || event.task != task || event.object != flag) continue;
    const bool inside = !sections.at(i).empty();
    if (is_read(event)) {
      const bool zero = event.bits == 0;
      use.checked_inside = use.checked_outside && inside && zero;
      use.checked_outside = use.checked_outside || (!inside && zero);
    } else if (event.entry().is_write()) {
      use.set_inside = use.checked_outside && inside && event.bits != 0;
      if (!use.set_inside) return {};
    }
  }
  return use;
}

}  // namespace

bool lacks_second_check(const Recording& recording, std::size_t task, ObjectId flag) {
  const FlagUse use = use_of(recording, CriticalSections{recording}, task, flag);
  return use.checked_outside && !use.checked_inside && use.set_inside;
}

bool checks_twice(const Recording& recording, std::size_t task, ObjectId flag) {
  const FlagUse use = use_of(recording, CriticalSections{recording}, task, flag);
  return use.checked_inside && use.set_inside;
}

FailurePattern data_race_pattern(const Recording& recording) {
  const auto* const race = recording.outcome.as<DataRace>();
  if (race == nullptr) return FailurePattern::data_race;
  const std::size_t reader = index_of(race->later.task.id);
  const std::size_t writer = index_of(race->earlier.task.id);
  const CriticalSections sections{recording};
  // The flags that the reader found set while it held no mutex.
  std::set<ObjectId> flags;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    const RecordedEvent& event = recording.events[i];
    if (event.is_step() && event.task == reader && !sections.at(i).empty()) flags.clear();
    const bool sees = is_read(event) && event.task == reader && sections.at(i).empty();
    if (sees && event.bits != 0) flags.insert(event.object);
  }
  const bool double_checked = std::any_of(flags.begin(), flags.end(), [&](ObjectId flag) {
    const FlagUse use = use_of(recording, sections, writer, flag);
    return use.checked_inside && use.set_inside;
  });
  return double_checked ? FailurePattern::double_checked_initialization : FailurePattern::data_race;
}

}  // namespace sim
