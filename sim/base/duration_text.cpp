#include <sim/base/duration_text.hpp>

#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace sim {

std::string duration_text(std::int64_t ns) {
  struct Unit {
    std::int64_t ns;
    int digits;  ///< digits of its fraction
    std::string_view name;
  };
  static constexpr std::array<Unit, 4> kUnits{
      {{1'000'000'000, 9, "s"}, {1'000'000, 6, "ms"}, {1'000, 3, "us"}, {1, 0, "ns"}}};
  if (ns == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (std::abs(ns / unit.ns) == 0) continue;
    std::string text = fmt::format("{}", ns / unit.ns);
    std::string rest = fmt::format("{:0{}}", std::abs(ns % unit.ns), unit.digits);
    rest.erase(rest.find_last_not_of('0') + 1);
    if (!rest.empty()) text += "." + rest;
    return text + std::string{unit.name};
  }
  return {};
}

}  // namespace sim
