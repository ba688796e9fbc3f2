#include <sim/schedule/step_matcher.hpp>

#include <variant>

namespace sim {

StepMatcher::StepMatcher(std::span<const ScheduleEntry> entries) {
  for (const ScheduleEntry& entry : entries) {
    Listed listed{};
    if (const auto* const step = std::get_if<ScheduledStep>(&entry.what)) {
      listed = {number(step->task), number(step->object), step->operation, nullptr};
    } else {
      const auto& choice = std::get<ScheduledChoice>(entry.what);
      listed = {number(choice.task), kNone, {}, &choice};
    }
    by_task_.resize(numbers_.size());
    by_task_[listed.task].push_back(listed_.size());
    listed_.push_back(listed);
  }
  by_task_.resize(numbers_.size());
}

std::size_t StepMatcher::number(std::string_view name) {
  return numbers_.emplace(std::string{name}, numbers_.size()).first->second;
}

void StepMatcher::begin() {
  states_.assign(listed_.size(), State::due);
  next_.assign(numbers_.size(), 0);
  made_.assign(numbers_.size(), std::nullopt);
  task_numbers_.clear();
  for (auto& numbers : object_numbers_) numbers.clear();
}

std::size_t StepMatcher::number_of(const NameTable& names, TaskId task) {
  if (task_numbers_.size() <= index_of(task)) task_numbers_.resize(index_of(task) + 1);
  auto& known = task_numbers_[index_of(task)];
  if (!known) {
    const auto found = numbers_.find(names.task_name(task));
    known = found == numbers_.end() ? kNone : found->second;
    if (*known != kNone) made_[*known] = task;
  }
  return *known;
}

std::size_t StepMatcher::number_of(const NameTable& names, ObjectId object) {
  const std::size_t maker = index_of(creator_of(object));
  const std::size_t ordinal = ordinal_of(object);
  if (object_numbers_.size() <= maker) object_numbers_.resize(maker + 1);
  auto& numbers = object_numbers_[maker];
  if (numbers.size() <= ordinal) numbers.resize(ordinal + 1);
  auto& known = numbers[ordinal];
  if (!known) {
    const auto found = numbers_.find(names.object_name(object));
    known = found == numbers_.end() ? kNone : found->second;
  }
  return *known;
}

std::optional<std::size_t> StepMatcher::next_of(const ChoicePoint& point, TaskId task) {
  const std::size_t who = number_of(*point.names, task);
  if (who == kNone || next_[who] == by_task_[who].size()) return std::nullopt;
  return by_task_[who][next_[who]];
}

std::optional<std::size_t> StepMatcher::entry_of(const ChoicePoint& point, TaskId task) {
  const std::size_t who = number_of(*point.names, task);
  if (who == kNone) return std::nullopt;
  const Operation& pending = point.pending[index_of(task)];
  const std::size_t object = number_of(*point.names, pending.object);
  const auto& entries = by_task_[who];
  std::size_t& next = next_[who];
  for (std::size_t at = next; at < entries.size(); ++at) {
    const Listed& listed = listed_[entries[at]];
    if (listed.object != object || object == kNone || listed.operation != pending.label) continue;
    for (; next < at; ++next) states_[entries[next]] = State::gone;
    return entries[at];
  }
  return std::nullopt;
}

void StepMatcher::set_done(std::size_t entry) {
  states_[entry] = State::done;
  ++next_[listed_[entry].task];
}

std::optional<std::uint32_t> StepMatcher::answer(const ChoicePoint& point) {
  const auto next = next_of(point, *point.chooser);
  const ScheduledChoice* const choice = next ? listed_[*next].choice : nullptr;
  if (choice == nullptr || choice->kind != point.kind) return std::nullopt;
  set_done(*next);
  if (choice->kind != ChoiceKind::notify) {
    return choice->index < point.alternatives ? std::optional{choice->index} : std::nullopt;
  }
  for (std::uint32_t i = 0; i < point.alternatives; ++i) {
    if (point.names->task_name(point.sleepers[i]) == choice->woken) return i;
  }
  return std::nullopt;
}

}  // namespace sim
