// The scenarios of the command `racelab`: those of the bank and the examples.

#include <bank/scenarios.hpp>
#include <sim/examples/all.hpp>
#include <sim/registration.hpp>

namespace {

const sim::Registration bank_scenarios{bank::add_scenarios};
const sim::Registration examples{sim::add_examples};

}  // namespace
