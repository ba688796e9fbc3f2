#pragma once

#include <cstdint>
#include <string>

namespace sim {

/// A length of time in words: "0s", "250ms", "1.5s".
std::string duration_text(std::int64_t ns);

}  // namespace sim
