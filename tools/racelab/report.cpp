#include <sys/ioctl.h>
#include <unistd.h>
#include <tools/racelab/report.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include <sim/report/timeline.hpp>

namespace racelab {
namespace {

constexpr std::size_t kEventsMax = 200;

std::string started_as = "racelab";
int output_error = 0;  ///< the first that standard output gave

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return size.ws_col;
  }
  return 100;
}

/// A deadlock has a part for each task that waits.
std::string broken_at_semicolons(std::string text) {
  for (std::size_t at = 0; (at = text.find("; ", at)) != std::string::npos; ++at) {
    text.replace(at, 2, ";\n        ");
  }
  return text;
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
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

std::string printable(std::string text) {
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

std::string execution_text(const sim::Recording& recording, bool whole) {
  const sim::Outcome& outcome = recording.outcome;
  std::string text = "PASSED\n";
  if (outcome.failed()) text = fmt::format("FAILED  {}\n", broken_at_semicolons(outcome.summary()));
  if (!outcome.place.empty()) text += fmt::format("        at {}\n", outcome.place);
  for (const std::string& state : recording.state) text += fmt::format("        {}\n", state);
  const std::optional<std::size_t> events_max = whole ? std::nullopt : std::optional{kEventsMax};
  text += "\n" + sim::timeline(recording, terminal_width(), events_max);
  if (!whole && recording.events.size() > kEventsMax) {
    text += fmt::format("(all of it:  {} show FILE, with the schedule's file)\n", command_name());
  }
  return text;
}

std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-./:=,+@%"}.find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return quoted + "'";
}

}  // namespace racelab
