#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace racelab {

using SpanValue = std::variant<bool, std::int64_t, double, std::string>;
/// What a span, or an event of one, says: names and values, in the order shown.
using SpanAttributes = std::vector<std::pair<std::string, SpanValue>>;

}  // namespace racelab
