#include <sim/testing/property_input.hpp>

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include <sim/base/trace.hpp>

namespace sim::detail {
namespace {

constexpr std::string_view kInput = ", input ";

/// A checksum that detects an input that was not copied completely; rapidcheck does not detect it.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = hash_step(hash, static_cast<unsigned char>(c));
  return fmt::format("{:08x}", hash & 0xFFFF'FFFFU);
}

}  // namespace

std::string reproduce_text(const std::string& name, const rc::detail::Reproduce& input) {
  rc::detail::Configuration configuration;
  configuration.reproduce.emplace(name, input);
  // The text ends with the seed, which is not used if there is an input.
  const std::string text = configToMinimalString(configuration);
  return text.substr(0, text.find(' '));
}

std::string signed_input(const std::string& reproduce) {
  return fmt::format("{}{}:{}", kInput, reproduce, checksum(reproduce));
}

std::optional<Inputs> input_in(const std::string& found_by) {
  const std::size_t at = found_by.find(kInput);
  if (at == std::string::npos) return std::nullopt;
  const std::string text = found_by.substr(at + kInput.size());
  const std::size_t colon = text.find(':');
  const std::string reproduce = text.substr(0, colon);
  if (colon == std::string::npos || text.substr(colon + 1) != checksum(reproduce)) return Inputs{};
  return rc::detail::configFromString(reproduce).reproduce;
}

}  // namespace sim::detail
