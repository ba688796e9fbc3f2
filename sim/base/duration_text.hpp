#pragma once

// Lengths of time as reports and schedule files show them: "250ms", "1.5s".

#include <cstdint>
#include <string>

namespace sim {

/// A length of time in its largest unit of s, ms, us and ns: 1500000000 gives "1.5s", 0 gives
/// "0s". The text is exact.
std::string duration_text(std::int64_t ns);

}  // namespace sim
