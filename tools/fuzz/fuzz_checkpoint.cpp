// Fuzz target for checkpoint files. Property: any text is either a valid checkpoint, or is refused
// with an error in one line that names the file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include <sim/engine/abi_check.hpp>
#include <tools/racelab/checkpoint.hpp>

#include <tools/fuzz/fuzz_check.hpp>

// Only the code under test has sanitizers, and it runs no fibers: the library may be built without.
[[gnu::weak]] const char sim::SIM_BUILT_FOR = 0;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{fuzz::text_of(data, size)};
  const auto read = racelab::parse_checkpoint(text, "file");
  if (const auto* const error = std::get_if<std::string>(&read)) {
    fuzz::check(error->starts_with("file: "), "the error names the file");
    fuzz::check(error->find('\n') == std::string::npos, "the error is one line");
    return 0;
  }
  const auto& checkpoint = std::get<racelab::Checkpoint>(read);
  const auto again = racelab::parse_checkpoint(racelab::format_checkpoint(checkpoint), "file");
  fuzz::check(std::holds_alternative<racelab::Checkpoint>(again), "a written file can be read");
  return 0;
}
