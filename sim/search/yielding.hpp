#pragma once

#include <sim/base/choice.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// Whether the task that made the last step is held back by sim::yield() only.
inline bool has_yielded(const ChoicePoint& point) {
  return point.current && !point.enabled.contains(*point.current) &&
         point.engine->is_enabled(*point.current);
}

}  // namespace sim
