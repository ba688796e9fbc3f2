#include <tools/racelab/interrupt.hpp>

#include <csignal>

namespace racelab {
namespace {

std::atomic<bool> interrupted{false};

void on_interrupt(int /*signal*/) {
  interrupted = true;
}

}  // namespace

std::atomic<bool>& catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return interrupted;
}

}  // namespace racelab
