#include <sim/search/dpor/branch.hpp>

#include <algorithm>
#include <cstring>

#include <sim/search/work_stack.hpp>

namespace sim {

void Branch::clear() {
  steps.clear();
  wakeup_sequences.clear();
  choices.clear();
  alternatives = 0;
  origins.clear();
}

void Branch::write(std::vector<std::uint8_t>& bytes) const {
  put_number(bytes, steps.size());
  const std::size_t at = bytes.size();
  bytes.resize(at + steps.size());
  if (!steps.empty()) std::memcpy(bytes.data() + at, steps.data(), steps.size());
  put_number(bytes, wakeup_sequences.size());
  for (const WakeupSequence& sequence : wakeup_sequences) {
    put_number(bytes, sequence.begin);
    put_number(bytes, sequence.end - sequence.begin);
    put_number(bytes, index_of(sequence.displaced_task));
  }
  put_number(bytes, choices.size());
  for (const TakenChoice& choice : choices) {
    put_number(bytes, index_of(choice.task));
    put_number(bytes, choice.index);
  }
  put_number(bytes, alternatives);
  put_number(bytes, origins.size());
  for (const TaskOrigin& origin : origins) {
    put_number(bytes, index_of(origin.parent));
    put_number(bytes, origin.ordinal);
  }
}

void Branch::read(std::span<const std::uint8_t> bytes) {
  clear();
  NumberReader in{bytes};
  const auto task = [&in] { return task_at(in.next() % kTasksMax); };
  const auto number = [&in] { return static_cast<std::uint32_t>(in.next()); };
  const std::span<const std::uint8_t> tasks = in.next_bytes(in.next());
  steps.resize(tasks.size());
  if (!tasks.empty()) std::memcpy(steps.data(), tasks.data(), tasks.size());
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const std::uint32_t begin = number();
    const std::uint32_t end = begin + number();
    wakeup_sequences.push_back({begin, end, task()});
  }
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const TaskId chooser = task();
    choices.push_back({chooser, number()});
  }
  alternatives = number();
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const TaskId parent = task();
    origins.push_back({parent, number()});
  }
}

bool Branch::check_and_read(std::span<const std::uint8_t> bytes) {
  read(bytes);
  const auto is_task = [](TaskId id) { return index_of(id) < kTasksMax; };
  bool fits = std::all_of(steps.begin(), steps.end(), is_task) && origins.size() <= kTasksMax;
  std::size_t end = 0;
  for (const WakeupSequence& sequence : wakeup_sequences) {
    fits = fits && sequence.begin >= end && sequence.begin <= sequence.end &&
           sequence.end < steps.size();
    end = std::size_t{sequence.end} + 1;
  }
  const bool chooses = !choices.empty() && choices.back().index < alternatives;
  std::vector<std::uint8_t> again;
  write(again);
  return fits && (alternatives == 0 || chooses) &&
         std::equal(again.begin(), again.end(), bytes.begin(), bytes.end());
}

}  // namespace sim
