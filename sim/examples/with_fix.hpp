#pragma once

#include <string>

#include <sim/base/limits.hpp>
#include <sim/testing/scenario.hpp>

namespace sim {

/// Adds an example without parameters, `name`, some interleaving of whose run(false) fails, and
/// `<name>-fixed`, none of whose run(true) does.
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
