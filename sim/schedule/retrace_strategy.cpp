#include <sim/schedule/retrace_strategy.hpp>

#include <fmt/format.h>

namespace sim {

std::string entry_text(const TraceEntry& entry, const NameTable& names) {
  std::string text = fmt::format("task {}: ", names.task_name(entry.task));
  if (entry.is_choice()) return text + fmt::format("a choice of {}", entry.alternatives());
  text += to_string(entry.kind);
  return entry.is_step() ? text + " " + names.object_name(entry.object) : text;
}

std::uint32_t RetraceStrategy::refuse(const ChoicePoint& point, const TraceEntry* expected) {
  const NameTable& names = *point.names;
  Difference& difference = difference_.emplace();
  difference.expected = expected ? entry_text(*expected, names) : "the end of the execution";
  if (point.kind != ChoiceKind::schedule) {
    difference.got = fmt::format("a choice of {}", point.alternatives);
    return kRefuse;
  }
  point.enabled.for_each([&](TaskId task) {
    if (expected && point.enabled.contains(expected->task) && task != expected->task) return;
    const Operation& pending = point.pending[index_of(task)];
    difference.got +=
        fmt::format("{}task {}: {} {}", difference.got.empty() ? "" : " or ", names.task_name(task),
                    to_string(pending.kind), names.object_name(pending.object));
  });
  return kRefuse;
}

}  // namespace sim
