// What the command `racelab` can explore.

#include <bank/scenarios.hpp>
#include <sim/examples/count_programs.hpp>
#include <sim/examples/needle.hpp>
#include <sim/registration.hpp>

namespace {

const sim::Registration bank_scenarios{bank::add_scenarios};
const sim::Registration count_programs{sim::add_count_programs};
const sim::Registration needle{sim::add_needle};

}  // namespace
