#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <sim/recording.hpp>

namespace sim {

/// An execution as text: a column for each task, a line for each event, time downwards, and the
/// outcome where it happened. Where the columns do not fit into `width` characters, one column in
/// which each line names its task. Of more than `events_max` events those in the middle are left
/// out, and counted. Ends with a line end.
std::string timeline(const Recording& recording, std::size_t width = 100,
                     std::optional<std::size_t> events_max = std::nullopt);

}  // namespace sim
