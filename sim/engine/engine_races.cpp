// How the engine feeds the detector of data races, and how a race fails the execution. The engine
// tells the detector nothing before the first variable is made.

#include <sim/engine/engine.hpp>

#include <memory>
#include <optional>

namespace sim {

void Engine::synchronize(std::memory_order order) {
  if (races_on_) races_->step(recorder_.last_step(), order);
}

void Engine::watch_accesses() {
  if (races_on_ || draining()) return;
  if (races_ == nullptr) races_ = std::make_unique<RaceDetector>();
  races_->watch(tasks_.size());
  watched_ = races_on_ = true;
}

RacingAccess Engine::facts_of(const Access& access) const {
  return {ref(access.task), access.writes, access.does, SourceLine{access.where}};
}

void Engine::access(AccessHistory& history, ObjectId variable, bool writes, const char* does,
                    SourceLocation where) {
  if (!races_on_ || draining()) return;
  const Access now{current_->id, races_->epoch(current_->id), writes, where, does};
  const std::optional<Access> other = races_->access(history, now);
  if (!other) return;
  const std::uint64_t group = group_of_literal(OutcomeKind::data_race, "data race", 0);
  if (fail_by(current_->id, OutcomeKind::data_race,
              hash_step(group, names_.identity_of(variable)))) {
    failures_.describe(DataRace{ref(variable), facts_of(*other), facts_of(now)});
  }
  if (options_.after_failure == AfterFailure::stop) suspend();
}

}  // namespace sim
