#pragma once

// Registers an example twice: with its bug and with the fix.

#include <string>

#include <sim/base/limits.hpp>
#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds the scenario `name`, which runs run(false) and fails in some interleaving, and the scenario
/// `<name>-fixed`, which runs run(true) and fails in none. `bug` and `fix` are their summaries.
inline void add_with_fix(Registry& registry, const std::string& name, const std::string& bug,
                         const std::string& fix, void (*run)(bool fixed),
                         const Bounds& bounds = {}) {
  const auto add = [&](const std::string& full_name, const std::string& summary, bool fixed) {
    registry.add({full_name, summary, !fixed, {}, [=](const Arguments&) {
                    return Program{{}, {}, [run, fixed] { run(fixed); }, {}, bounds};
                  }});
  };
  add(name, bug, false);
  add(name + "-fixed", fix, true);
}

}  // namespace sim
