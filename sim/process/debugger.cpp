#include <sim/process/debugger.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include <sim/base/files.hpp>

namespace sim {

bool is_traced() {
  constexpr std::string_view kField = "\nTracerPid:\t";
  const std::string status = read_file("/proc/self/status").text;
  const std::size_t at = status.find(kField);
  return at != std::string::npos && status.substr(at + kField.size(), 2) != "0\n";
}

}  // namespace sim
