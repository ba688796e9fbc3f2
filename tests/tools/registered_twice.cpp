// A program that registers a name twice, and adds a command, or two commands if asked to.

#include <cstdio>
#include <cstdlib>

#include <sim/registration.hpp>
#include <tools/racelab/command.hpp>

namespace {

RACELAB_SCENARIO("mine/once", "") {}
RACELAB_SCENARIO("mine/twice", "") {}
RACELAB_SCENARIO("mine/twice", "") {}

int count_arguments(int argc, char** argv) {
  std::printf("%d %s\n", argc, argv[0]);
  return 7;
}

const racelab::CommandRegistration extra{{"count", "counts arguments", count_arguments}};

[[maybe_unused]] const bool shadowed = [] {
  const bool shadow = std::getenv("SHADOW_LIST") != nullptr;
  if (shadow) racelab::register_command({"list", "counts arguments", count_arguments});
  return shadow;
}();

}  // namespace
