#include <sim/testing/scenario.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace sim {
namespace {

/// The number of letters that must be added, removed or changed to turn `a` into `b` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({changed, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

std::string parameter_list(const Scenario& scenario) {
  if (scenario.parameters.empty()) return fmt::format("{} takes no parameters", scenario.name);
  std::string text;
  for (const Parameter& p : scenario.parameters) {
    text += fmt::format("{}{}={} ({} to {}: {})", text.empty() ? "" : ", ", p.name, p.value, p.min,
                        p.max, p.what);
  }
  return fmt::format("{} takes {}", scenario.name, text);
}

/// Reads one `name=value` into `arguments`. Returns an error message, or nothing on success.
std::optional<std::string> read_argument(std::string_view item, const Scenario& scenario,
                                         Arguments& arguments) {
  const auto equals = item.find('=');
  const std::string_view name = item.substr(0, equals);
  const auto parameter = std::find_if(scenario.parameters.begin(), scenario.parameters.end(),
                                      [&](const Parameter& p) { return p.name == name; });
  if (equals == std::string_view::npos || parameter == scenario.parameters.end()) {
    return fmt::format("\"{}\" is not a parameter; {}", item, parameter_list(scenario));
  }
  const std::string_view digits = item.substr(equals + 1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < parameter->min ||
      value > parameter->max) {
    return fmt::format("{}=\"{}\" must be a whole number from {} to {}", name, digits,
                       parameter->min, parameter->max);
  }
  if (!arguments.emplace(name, value).second) return fmt::format("{} is given twice", name);
  return std::nullopt;
}

/// Whether `text` is one word on a command line and in a schedule, and contains none of the
/// separators.
bool is_name(std::string_view text, std::string_view separators) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [&](char c) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    return blank || separators.find(c) != std::string_view::npos;
  });
}

/// An error message for the scenario; empty if it is valid.
std::string problem_of(const Scenario& scenario) {
  if (!is_name(scenario.name, ":")) {
    return "its name must not be empty, nor have a blank, a control character or a \":\"";
  }
  if (!scenario.make) return "it has nothing to run";
  std::set<std::string_view> names;
  for (const Parameter& p : scenario.parameters) {
    if (!is_name(p.name, ":,=")) {
      return fmt::format(
          "the name of its parameter \"{}\" must not be empty, nor have a blank, "
          "a control character, \":\", \",\" or \"=\"",
          p.name);
    }
    if (!names.insert(p.name).second) return fmt::format("it has two parameters {}", p.name);
    if (p.value < p.min || p.value > p.max) {
      return fmt::format("the default of its parameter {} is {}, which is not within {} to {}",
                         p.name, p.value, p.min, p.max);
    }
  }
  return {};
}

/// " at queue.cpp:12", or an empty text if the place is not known.
std::string at_place(const SourceLocation& place) {
  return place.file == nullptr ? "" : fmt::format(" at {}:{}", place.file, place.line);
}

std::string twice(const Scenario& one, const Scenario& other) {
  std::string first = at_place(one.place);
  std::string second = at_place(other.place);
  if (first.empty() || second.empty()) {
    return fmt::format("scenario {} is registered twice{}{}", one.name, first, second);
  }
  return fmt::format("scenario {} is registered twice:{} and{}", one.name, first, second);
}

/// The programs of `scenario` with a smaller value for one parameter: one less, half, and the
/// minimum.
std::vector<SmallerProgram> smaller_programs(const Scenario& scenario, const Arguments& arguments);

Program make_program(const Scenario& scenario, const Arguments& arguments) {
  Program program = scenario.make(arguments);
  program.name = scenario.name;
  char separator = ':';
  for (const Parameter& p : scenario.parameters) {
    program.name += fmt::format("{}{}={}", separator, p.name, arguments.at(p.name));
    separator = ',';
  }
  if (!scenario.parameters.empty() && !program.smaller) {
    program.smaller = [scenario, arguments] { return smaller_programs(scenario, arguments); };
  }
  return program;
}

std::vector<SmallerProgram> smaller_programs(const Scenario& scenario, const Arguments& arguments) {
  std::vector<SmallerProgram> programs;
  for (const Parameter& p : scenario.parameters) {
    const std::int64_t value = arguments.at(p.name);
    std::set<std::int64_t, std::greater<>> less{value - 1, std::midpoint(p.min, value), p.min};
    for (const std::int64_t smaller : less) {
      if (smaller < p.min || smaller >= value) continue;
      Arguments changed = arguments;
      changed[p.name] = smaller;
      programs.push_back({make_program(scenario, changed), std::nullopt});
    }
  }
  return programs;
}

bool comes_before(const Scenario& scenario, std::string_view name) {
  return scenario.name < name;
}

}  // namespace

void Registry::add(Scenario scenario) {
  if (const Scenario* const taken = find(scenario.name)) throw UsageError(twice(*taken, scenario));
  if (const std::string problem = problem_of(scenario); !problem.empty()) {
    throw UsageError(
        fmt::format("scenario \"{}\"{}: {}", scenario.name, at_place(scenario.place), problem));
  }
  const auto next =
      std::lower_bound(scenarios_.begin(), scenarios_.end(), scenario.name, comes_before);
  scenarios_.insert(next, std::move(scenario));
}

const Scenario* Registry::find(std::string_view name) const {
  const auto found = std::lower_bound(scenarios_.begin(), scenarios_.end(), name, comes_before);
  return found == scenarios_.end() || found->name != name ? nullptr : &*found;
}

std::variant<Program, std::string> Registry::make(std::string_view spec) const {
  const auto colon = std::min(spec.find(':'), spec.size());
  const std::string_view name = spec.substr(0, colon);
  const Scenario* const scenario = find(name);
  if (scenario == nullptr) return unknown(name);

  Arguments arguments;
  if (colon < spec.size()) {
    std::string_view rest = spec.substr(colon + 1);
    for (bool more = true; more;) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (auto wrong = read_argument(rest.substr(0, comma), *scenario, arguments)) return *wrong;
      more = comma < rest.size();
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  for (const Parameter& p : scenario->parameters) arguments.emplace(p.name, p.value);
  return make_program(*scenario, arguments);
}

void Registry::add_reader(std::string key, HeaderReader reader) {
  readers_.emplace_back(std::move(key), std::move(reader));
}

std::variant<Program, ScheduleError> Registry::program_of(const Schedule& schedule) const {
  std::variant<Program, ScheduleError> made = make_of(schedule);
  if (auto* const program = std::get_if<Program>(&made)) program->bounds = schedule.bounds;
  return made;
}

std::variant<Program, ScheduleError> Registry::make_of(const Schedule& schedule) const {
  for (const auto& [key, reader] : readers_) {
    for (const HeaderLine& line : schedule.program) {
      if (line.key != key) continue;
      std::variant<Program, ScheduleError> made = reader(schedule);
      if (auto* const program = std::get_if<Program>(&made)) program->name = schedule.scenario;
      return made;
    }
  }
  if (!schedule.program.empty()) {
    const HeaderLine& line = schedule.program.front();
    return ScheduleError{line.line, 1,
                         fmt::format("this program does not know header lines \"{}\"", line.key)};
  }
  if (schedule.scenario.empty()) {
    return ScheduleError{1, 1,
                         "the header has no line \"scenario\"; add one that names the program"};
  }
  std::variant<Program, std::string> made = make(schedule.scenario);
  if (auto* const problem = std::get_if<std::string>(&made)) {
    return ScheduleError{std::max<std::size_t>(schedule.scenario_line, 1),
                         std::max<std::size_t>(schedule.scenario_column, 1), std::move(*problem)};
  }
  return std::move(std::get<Program>(made));
}

std::string Registry::unknown(std::string_view name) const {
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const Scenario& scenario : scenarios_) {
    const std::string_view full = scenario.name;
    const std::string_view last = full.substr(full.find('/') + 1);
    near.emplace_back(std::min(edit_distance(name, full), edit_distance(name, last)), full);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text = fmt::format("there is no scenario \"{}\"", name);
  if (!near.empty() && near.front().first <= name.size() / 2) {
    text += fmt::format("; did you mean {}?", near.front().second);
  }
  return text;
}

}  // namespace sim
