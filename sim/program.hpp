#pragma once

#include <string>
#include <vector>

#include <sim/engine.hpp>
#include <sim/schedule.hpp>

namespace sim {

/// What an exploration runs again and again.
struct Program {
  std::string name;                ///< as schedules and reports name it, with its parameters
  std::vector<HeaderLine> header;  ///< what a schedule must say to be self-contained
  Body body;
};

}  // namespace sim
