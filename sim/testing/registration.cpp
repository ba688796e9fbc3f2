#include <sim/testing/registration.hpp>

#include <utility>

namespace sim {
namespace {

/// The functions in the order of their registration. They are in a static local variable, because
/// the order in which the static objects of several files are initialized is not defined.
std::vector<AddScenarios>& registered() {
  static std::vector<AddScenarios> all;
  return all;
}

}  // namespace

void register_scenarios(AddScenarios add) {
  registered().push_back(std::move(add));
}

Registry registered_scenarios() {
  Registry registry;
  for (const AddScenarios& add : registered()) add(registry);
  return registry;
}

Registration::Registration(AddScenarios add) {
  register_scenarios(std::move(add));
}

Registration::Registration(void (*body)(const Arguments&), SourceLocation place, std::string name,
                           std::string summary, Expected expected,
                           std::vector<Parameter> parameters) {
  const auto make = [body](const Arguments& arguments) {
    return Program{{}, {}, [body, arguments] { body(arguments); }};
  };
  Scenario scenario{std::move(name),
                    std::move(summary),
                    expected == Expected::fails,
                    std::move(parameters),
                    make,
                    place};
  register_scenarios(
      [scenario = std::move(scenario)](Registry& registry) { registry.add(scenario); });
}

}  // namespace sim
