#include <sim/search/dpor/branch.hpp>

#include <algorithm>
#include <cstring>

namespace sim {

void Branch::clear() {
  steps.clear();
  wakeup_sequences.clear();
  choices.clear();
  alternatives = 0;
  origins.clear();
}

void Branch::write(ByteWriter& out) const {
  out.text({reinterpret_cast<const char*>(steps.data()), steps.size()});
  out.number(wakeup_sequences.size());
  for (const WakeupSequence& sequence : wakeup_sequences) {
    out.number(sequence.begin);
    out.number(sequence.end - sequence.begin);
    out.number(index_of(sequence.displaced_task));
  }
  out.number(choices.size());
  for (const TakenChoice& choice : choices) {
    out.number(index_of(choice.task));
    out.number(choice.index);
  }
  out.number(alternatives);
  out.number(origins.size());
  for (const TaskOrigin& origin : origins) {
    out.number(index_of(origin.parent));
    out.number(origin.child_number);
  }
}

bool Branch::read(std::string_view bytes) {
  clear();
  ByteReader in{bytes};
  const auto task = [&in] { return task_at(in.number_up_to(kTasksMax - 1)); };
  const std::string_view tasks = in.text();
  steps.resize(tasks.size());
  if (!tasks.empty()) std::memcpy(steps.data(), tasks.data(), tasks.size());
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::uint32_t begin = in.number32();
    const std::uint32_t end = begin + in.number32();
    wakeup_sequences.push_back({begin, end, task()});
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const TaskId chooser = task();
    choices.push_back({chooser, in.number32()});
  }
  alternatives = in.number32();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const TaskId parent = task();
    origins.push_back({parent, in.number32()});
  }
  return in.done();
}

bool Branch::is_well_formed() const {
  const auto is_task = [](TaskId id) { return index_of(id) < kTasksMax; };
  if (!std::all_of(steps.begin(), steps.end(), is_task) || origins.size() > kTasksMax) return false;
  std::size_t end = 0;
  for (const WakeupSequence& sequence : wakeup_sequences) {
    if (sequence.begin < end || sequence.begin > sequence.end || sequence.end >= steps.size())
      return false;
    end = std::size_t{sequence.end} + 1;
  }
  return alternatives == 0 || (!choices.empty() && choices.back().index < alternatives);
}

}  // namespace sim
