// When the engine checks invariants, and how a violated one fails the execution.

#include <sim/engine/engine.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sim {

Invariant::Invariant(const char* name, std::vector<ObjectId> objects, std::function<bool()> holds,
                     std::function<std::string()> describe, SourceLocation where)
    : name_(name),
      objects_(std::move(objects)),
      holds_(std::move(holds)),
      describe_(std::move(describe)) {
  Engine::current(where).add_invariant(*this);
}

Invariant::~Invariant() {
  if (Engine* const engine = Engine::current_or_null()) engine->remove_invariant(*this);
}

void Engine::add_invariant(const Invariant& invariant) {
  invariants_.add(invariant, invariant.objects_.empty());
  attention_ |= kInvariants;
  notes_.transient_invariant |= tasks_.live() > 1;
  if (invariant.objects_.size() > 1) notes_.jointly_observed.push_back(invariant.objects_);
}

/// Whether the last step may have changed what `invariant` reads, and left it false.
bool Engine::violated(const Invariant& invariant) const {
  const auto& objects = invariant.objects_;
  const bool concerned =
      objects.empty() ||
      (recorder_.last_step().is_write() &&
       std::find(objects.begin(), objects.end(), recorder_.last_step().object) != objects.end());
  return concerned && !invariant.holds_();
}

void Engine::fail_invariant(const Invariant& invariant) {
  const std::uint64_t object =
      invariant.objects_.empty() ? 0 : names_.identity_of(invariant.objects_.front());
  const std::uint64_t group = group_of_literal(OutcomeKind::invariant, invariant.name_, 0);
  if (fail_by(recorder_.last_step().task, OutcomeKind::invariant, hash_step(group, object))) {
    failures_.describe(InvariantViolation{
        invariant.name_, invariant.describe_ ? invariant.describe_() : std::string{}});
  }
}

/// Called when the task that made the last step has reached its next operation or its end.
void Engine::check_invariants() {
  if (!invariants_.begin_check(recorder_.last_step())) return;
  for (const Invariant* const invariant : invariants_.all()) {
    if (violated(*invariant)) {
      fail_invariant(*invariant);
      return;
    }
  }
}

void Engine::remove_invariant(const Invariant& invariant) {
  invariants_.remove(invariant);
  notes_.transient_invariant |= tasks_.live() > 1 && !draining();
  const bool due = !draining() && invariants_.are_due_after(recorder_.last_step()) &&
                   recorder_.last_step().task == current_->id;
  if (due && violated(invariant)) fail_invariant(invariant);
}

}  // namespace sim
