#pragma once

#include <string>
#include <variant>

#include <sim/engine/program.hpp>
#include <sim/examples/all.hpp>
#include <sim/scenario.hpp>

namespace sim::test {

/// Returns an example of the library by its name, as in "count/lastzero:n=5". Throws if there is no
/// such example.
inline Program example(const std::string& spec) {
  Registry registry;
  add_examples(registry);
  return std::get<Program>(registry.make(spec));
}

}  // namespace sim::test
