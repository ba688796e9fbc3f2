#include <sim/schedule/replay_strategy.hpp>

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace sim {
namespace {

std::string describe(const ScheduledStep& step) {
  return fmt::format("{} {}", step.operation, step.object);
}

std::string describe(const ScheduledChoice& choice) {
  if (choice.kind == ChoiceKind::notify) return fmt::format("to wake task {}", choice.woken);
  if (choice.kind == ChoiceKind::spurious) {
    return fmt::format("a compare_exchange to fail spuriously: {}",
                       choice.index == 0 ? "no" : "yes");
  }
  return fmt::format("a {} choice -> {}", to_string(choice.kind), choice.index);
}

/// An entry of the schedule in words, for a message.
std::string describe(const ScheduleEntry& entry) {
  return std::visit(
      [](const auto& what) { return fmt::format("{} by task {}", describe(what), what.task); },
      entry.what);
}

/// What each enabled task is about to do, for a message.
std::string describe_pending(const ChoicePoint& point) {
  std::string text;
  point.enabled.for_each([&](TaskId task) {
    text += fmt::format("{}task {} is about to {}", text.empty() ? "" : ", ",
                        point.names->task_name(task),
                        point.names->describe(point.pending[index_of(task)]));
  });
  return text;
}

std::string value_text(const std::optional<std::string>& value, bool failed) {
  const std::string text = value && !value->empty() ? *value : std::string{};
  if (!failed) return text.empty() ? "success" : text;
  return text.empty() ? "failure" : "failure, finding " + text;
}

}  // namespace

SearchStatus ReplayStrategy::begin_execution() {
  return std::exchange(started_, true) ? SearchStatus::limit : SearchStatus::running;
}

std::uint32_t ReplayStrategy::diverge(std::size_t entry, std::string message) {
  const std::size_t line = entry < schedule_.entries.size() ? schedule_.entries[entry].line : 0;
  if (!divergence_) divergence_ = Divergence{entry + 1, line, std::move(message)};
  return kRefuse;
}

bool ReplayStrategy::result_agrees() {
  if (unchecked_ == 0) return true;
  const std::size_t entry = std::exchange(unchecked_, 0) - 1;
  const auto& expected = std::get<ScheduledStep>(schedule_.entries[entry].what);
  const RecordedEvent* const found = recorder_.last_step();
  if (found == nullptr) return true;
  const bool value_differs = expected.value && *expected.value != found->value;
  if (!value_differs && expected.failed == found->failed) return true;
  diverge(entry, fmt::format("expected {} by task {} to give {}; it gave {}", describe(expected),
                             expected.task, value_text(expected.value, expected.failed),
                             value_text(found->value, found->failed)));
  return false;
}

std::uint32_t ReplayStrategy::choose(const ChoicePoint& point) {
  if (!result_agrees()) return kRefuse;
  if (followed_ == schedule_.entries.size()) {
    ++beyond_;
    return point.default_index();
  }
  const ScheduleEntry& entry = schedule_.entries[followed_];
  if (const auto* const choice = std::get_if<ScheduledChoice>(&entry.what)) {
    return follow_choice(*choice, point);
  }
  return follow_step(std::get<ScheduledStep>(entry.what), point);
}

std::uint32_t ReplayStrategy::follow_step(const ScheduledStep& step, const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) {
    return diverge(followed_, fmt::format("expected {} by task {}; the test makes a choice of {}",
                                          describe(step), step.task, point.alternatives));
  }
  std::optional<TaskId> task;
  (point.enabled | point.held_back).for_each([&](TaskId id) {
    if (point.names->task_name(id) == step.task) task = id;
  });
  if (!task) {
    return diverge(followed_, fmt::format("expected {} by task {}, which cannot run here; {}",
                                          describe(step), step.task, describe_pending(point)));
  }
  const Operation& pending = point.pending[index_of(*task)];
  if (step.operation != pending.label || step.object != point.names->object_name(pending.object)) {
    return diverge(followed_,
                   fmt::format("expected {} by task {}; it is about to {}", describe(step),
                               step.task, point.names->describe(pending)));
  }
  unchecked_ = ++followed_;
  return *point.index_of_task(*task);
}

std::uint32_t ReplayStrategy::follow_choice(const ScheduledChoice& choice,
                                            const ChoicePoint& point) {
  const std::string expected = fmt::format("expected {} by task {}", describe(choice), choice.task);
  if (point.kind == ChoiceKind::schedule) {
    return diverge(followed_, fmt::format("{}; {}", expected, describe_pending(point)));
  }
  if (choice.kind != point.kind) {
    return diverge(followed_,
                   fmt::format("{}; there is a {} choice", expected, to_string(point.kind)));
  }
  const TaskId chooser = *point.chooser;
  if (point.names->task_name(chooser) != choice.task) {
    return diverge(followed_,
                   fmt::format("{}; task {} makes one", expected, point.names->task_name(chooser)));
  }
  if (choice.kind == ChoiceKind::notify) return follow_notify(choice, point);
  if (choice.index >= point.alternatives) {
    return diverge(followed_, fmt::format("{}; there are {} alternatives, from 0", expected,
                                          point.alternatives));
  }
  ++followed_;
  return choice.index;
}

std::uint32_t ReplayStrategy::follow_notify(const ScheduledChoice& choice,
                                            const ChoicePoint& point) {
  std::string asleep;
  for (std::uint32_t i = 0; i < point.alternatives; ++i) {
    const std::string name = point.names->task_name(point.sleepers[i]);
    if (name == choice.woken) {
      ++followed_;
      return i;
    }
    asleep += (i == 0 ? "" : ", ") + name;
  }
  return diverge(followed_, fmt::format("expected {} by task {}; the sleeping tasks are {}",
                                        describe(choice), choice.task, asleep));
}

void ReplayStrategy::end_execution(const Trace& trace) {
  static_cast<void>(trace);
  if (divergence_ || !result_agrees()) return;
  if (followed_ < schedule_.entries.size()) {
    diverge(followed_, fmt::format("expected {}; the execution ended before it: {}",
                                   describe(schedule_.entries[followed_]),
                                   recorder_.recording().outcome.summary()));
  }
}

}  // namespace sim
