#pragma once

#include <tools/racelab/commands.hpp>

namespace racelab {

/// `serve`: runs the live lab until a signal ends it.
int serve(int argc, char** argv);

inline constexpr ExtraCommand kServeCommand{"serve", "the live lab: the bank behind HTTP", serve};

}  // namespace racelab
