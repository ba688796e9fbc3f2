#include <sys/ioctl.h>
#include <unistd.h>
#include <tools/racelab/report.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>

#include <sim/report/timeline.hpp>

namespace racelab {
namespace {

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
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string execution_text(const sim::Recording& recording) {
  const sim::Outcome& outcome = recording.outcome;
  std::string text = "PASSED\n";
  if (outcome.failed()) text = fmt::format("FAILED  {}\n", broken_at_semicolons(outcome.summary()));
  if (!outcome.place.empty()) text += fmt::format("        at {}\n", outcome.place);
  for (const std::string& state : recording.state) text += fmt::format("        {}\n", state);
  return text + "\n" + sim::timeline(recording, terminal_width());
}

std::string command_name() {
  const char* const name = std::getenv("RACELAB_COMMAND");
  return name == nullptr || *name == '\0' ? "racelab" : name;
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
