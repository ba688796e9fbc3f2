// Choices of an execution other than which task runs: the engine asks the strategy in the middle of
// a step.

#include <sim/engine/engine.hpp>

#include <cstdint>
#include <span>

namespace sim {

bool Engine::choose_spurious() {
  if (!may_be_spurious() || draining()) return false;
  const bool fails = choose(ChoiceKind::spurious, 2, {}) == 1;
  if (fails) note_spurious();
  return fails && !draining();
}

std::uint32_t Engine::choose_value(std::uint32_t alternatives) {
  return choose(ChoiceKind::value, alternatives, {});
}

std::uint32_t Engine::choose(ChoiceKind kind, std::uint32_t alternatives,
                             std::span<const TaskId> sleepers) {
  // A notify and a compare_exchange are noexcept.
  const StopBy by = kind == ChoiceKind::value ? StopBy::exception : StopBy::suspension;
  if (alternatives == 1) return 0;
  if (is_to_stop() && !draining()) suspend();
  if (draining()) {
    switch_to(*current_, drained_point(by));
    return 0;
  }
  if (recorder_.is_full()) {
    fail_step_bound();
  } else {
    ChoicePoint point = point_;
    point.kind = kind;
    point.alternatives = alternatives;
    point.enabled.clear();
    point.chooser = current_->id;
    point.sleepers = sleepers;
    point.held_back.clear();
    const std::uint32_t index = strategy_->choose(point);
    if (index < alternatives) {
      if (observer_ != nullptr) observer_->on_choice(*this, current_->id, point, index);
      recorder_.append(TraceEntry::choice(current_->id, alternatives, index));
      if (kind == ChoiceKind::value) end_step();
      return index;
    }
    refused();
  }
  suspend();
  return 0;
}

}  // namespace sim
