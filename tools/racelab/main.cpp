#include <tools/racelab/command.hpp>

int main(int argc, char** argv) {
  return racelab::run(argc, argv);
}
