#pragma once

#include <sim/choice.hpp>
#include <sim/engine.hpp>
#include <sim/operation.hpp>

namespace sim {

/// Whether the task that made the last step is held back by sim::yield(): it cannot run, though it
/// has not ended and waits neither for a mutex nor for another task.
inline bool has_yielded(const ChoicePoint& point) {
  if (!point.current || point.enabled.contains(*point.current)) return false;
  const OperationKind announced = point.pending[index_of(*point.current)].kind;
  return announced != OperationKind::lock && announced != OperationKind::join &&
         !point.engine->ended(*point.current);
}

}  // namespace sim
