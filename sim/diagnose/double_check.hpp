#pragma once

// Recognizes double-checked initialization in a recorded execution: a task looks at an object,
// locks a mutex if the object is not set, looks again, initializes what the object guards, and sets
// it. Used by pattern_of().

#include <cstddef>

#include <sim/base/object.hpp>
#include <sim/diagnose/pattern.hpp>
#include <sim/schedule/recording.hpp>

namespace sim {

/// Whether `task` finds `flag` zero without holding a mutex, locks one, and then sets `flag` under
/// it without having looked again.
[[nodiscard]] bool lacks_second_check(const Recording& recording, std::size_t task, ObjectId flag);

/// Whether `task` finds `flag` zero, first without holding a mutex and then while it holds one, and
/// sets `flag` under that mutex.
[[nodiscard]] bool checks_twice(const Recording& recording, std::size_t task, ObjectId flag);

/// The pattern of a recording that ends with a data race: double_checked_initialization if the
/// second access follows a look at a flag that the task of the first access sets after checking it
/// twice, otherwise data_race.
[[nodiscard]] FailurePattern data_race_pattern(const Recording& recording);

}  // namespace sim
