#include <tools/racelab/report.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include <sim/report/cause.hpp>
#include <sim/report/summary.hpp>

namespace racelab {
namespace {

constexpr std::size_t kEventsMax = 200;

std::string started_as = "racelab";
int output_error = 0;  ///< errno of the first error of standard output; 0 if no error occurred

}  // namespace

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return size.ws_col;
  }
  return 100;
}

bool terminal_shows_progress() {
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal != nullptr && std::string_view{terminal} == "dumb";
  return ::isatty(STDERR_FILENO) == 1 && !dumb;
}

bool terminal_has_colours() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view{terminal} == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') && !dumb;
}

void set_command(const char* first_argument) {
  if (first_argument != nullptr && *first_argument != '\0') started_as = first_argument;
}

std::string command_name() {
  const char* const name = std::getenv("RACELAB_COMMAND");
  return name == nullptr || *name == '\0' ? shell_word(started_as) : name;
}

std::string program_name() {
  return started_as.substr(started_as.rfind('/') + 1);
}

void write_out(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written && output_error == 0) output_error = errno;
}

void write_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

ExitCode finish_output(ExitCode code) {
  if (std::fflush(stdout) != 0 && output_error == 0) output_error = errno;
  if (output_error == 0 || output_error == EPIPE) return code;
  print_problem("standard output: {}\n", std::generic_category().message(output_error));
  return kCouldNot;
}

std::string terminal_text(const sim::Recording& recording, bool whole,
                          const sim::Explanation* why) {
  sim::TimelineOptions options;
  options.width = terminal_width();
  if (!whole) options.events_max = kEventsMax;
  options.colours = terminal_has_colours();
  if (why != nullptr) options.necessary = why->necessary;
  const bool brief = !whole && why != nullptr && sim::needs_no_timeline(recording, *why);
  if (brief) return sim::failure_text(recording, *why, options);
  std::string text = sim::execution_text(recording, options);
  if (!whole && sim::timeline_lines(recording, options) > kEventsMax) {
    text +=
        fmt::format("(for all steps:  {} show FILE, with the schedule's file)\n", command_name());
  }
  const std::string cause = why == nullptr ? "" : sim::cause_text(recording, *why, options);
  return text + (cause.empty() ? "" : "\n") + cause;
}

}  // namespace racelab
