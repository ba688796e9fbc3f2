#include <sim/strategies/branch.hpp>

#include <algorithm>
#include <cstring>

#include <sim/strategies/work_stack.hpp>

namespace sim {

void Branch::clear() {
  steps.clear();
  detours.clear();
  choices.clear();
  alternatives = 0;
  origins.clear();
}

void Branch::write(std::vector<std::uint8_t>& bytes) const {
  put_number(bytes, steps.size());
  const std::size_t at = bytes.size();
  bytes.resize(at + steps.size());
  if (!steps.empty()) std::memcpy(bytes.data() + at, steps.data(), steps.size());
  put_number(bytes, detours.size());
  for (const Detour& detour : detours) {
    put_number(bytes, detour.begin);
    put_number(bytes, detour.end - detour.begin);
    put_number(bytes, index_of(detour.skipped));
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

bool Branch::read(std::span<const std::uint8_t> bytes) {
  clear();
  NumberReader in{bytes};
  const auto task = [&in](std::uint64_t number) { return task_at(number % kTasksMax); };
  const std::span<const std::uint8_t> tasks = in.next_bytes(in.next());
  steps.resize(tasks.size());
  if (!tasks.empty()) std::memcpy(steps.data(), tasks.data(), tasks.size());
  const auto is_task = [](TaskId id) { return index_of(id) < kTasksMax; };
  if (!std::all_of(steps.begin(), steps.end(), is_task)) return false;
  std::uint32_t end = 0;
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const std::uint64_t begin = in.next();
    const std::uint64_t length = in.next();
    if (begin < end || begin >= steps.size() || length >= steps.size() - begin) return false;
    detours.push_back({static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(begin + length), task(in.next())});
    end = detours.back().end + 1;
  }
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const TaskId chooser = task(in.next());
    choices.push_back({chooser, static_cast<std::uint32_t>(in.next())});
  }
  alternatives = static_cast<std::uint32_t>(in.next());
  for (std::uint64_t left = in.next(); left > 0 && in.ok(); --left) {
    const TaskId parent = task(in.next());
    origins.push_back({parent, static_cast<std::uint32_t>(in.next())});
  }
  const bool chooses =
      alternatives == 0 || (!choices.empty() && choices.back().index < alternatives);
  return in.ok() && in.at_end() && origins.size() <= kTasksMax && chooses;
}

}  // namespace sim
