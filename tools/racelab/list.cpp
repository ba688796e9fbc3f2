#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <tools/racelab/commands.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

nlohmann::ordered_json to_json(const sim::Scenario& scenario) {
  nlohmann::ordered_json parameters = nlohmann::ordered_json::array();
  for (const sim::Parameter& p : scenario.parameters) {
    parameters.push_back(
        {{"name", p.name}, {"default", p.value}, {"min", p.min}, {"max", p.max}, {"what", p.what}});
  }
  return {{"name", scenario.name},
          {"summary", scenario.summary},
          {"fails", scenario.fails},
          {"parameters", parameters}};
}

}  // namespace

ExitCode list(const sim::Registry& registry, const ListOptions& options) {
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const sim::Scenario& scenario : registry.scenarios()) all.push_back(to_json(scenario));
    print_out("{}\n", all.dump(2));
    return kSuccess;
  }
  std::size_t width = 0;
  for (const sim::Scenario& s : registry.scenarios()) width = std::max(width, s.name.size());
  for (const sim::Scenario& scenario : registry.scenarios()) {
    print_out("{:<{}}  {:<6} {}", scenario.name, width, scenario.fails ? "fails" : "holds",
              scenario.summary);
    for (const sim::Parameter& p : scenario.parameters) {
      print_out("; :{}={} ({} to {})", p.name, p.value, p.min, p.max);
    }
    print_out("\n");
  }
  return kSuccess;
}

}  // namespace racelab
