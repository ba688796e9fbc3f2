#pragma once

#include <cstddef>
#include <string>

#include <sim/recording.hpp>

namespace sim {

/// An execution as text: a column for each task, a line for each event, time downwards, and the
/// outcome where it happened. Where the columns do not fit into `width` characters, one column in
/// which each line names its task. Ends with a line end.
std::string timeline(const Recording& recording, std::size_t width = 100);

}  // namespace sim
