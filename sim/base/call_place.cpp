#include <sim/base/call_place.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#if __has_include(<execinfo.h>) && __has_include(<dlfcn.h>) && __has_include(<link.h>)
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#define SIM_HAS_CALL_PATHS 1
#else
#define SIM_HAS_CALL_PATHS 0
#endif

namespace sim {
namespace {

constexpr int kFramesMax = 24;

#if SIM_HAS_CALL_PATHS
/// The position of the call that returns to `address`.
CodeAddress code_address(const void* address) {
  Dl_info info{};
  link_map* map = nullptr;
  if (::dladdr1(address, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0) return {};
  return {map->l_name == nullptr ? "" : map->l_name,
          reinterpret_cast<std::uintptr_t>(address) - map->l_addr - 1};
}
#endif

bool contains_one_of(std::string_view path, std::span<const std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return path.find(part) != path.npos; });
}

/// Whether a source file is one of the library or of the system.
bool is_of_library(std::string_view path) {
  constexpr std::array<std::string_view, 10> kParts{
      "/sim/base/",    "/sim/engine/",  "/sim/sync/",     "/sim/search/",   "/sim/history/",
      "/sim/process/", "/sim/testing/", "/sim/schedule/", "/sim/diagnose/", "/tools/racelab/"};
  return is_of_system(path) || contains_one_of(path, kParts);
}

/// Reads "path:line" or "path:line (discriminator 1)".
CodeLine code_line(std::string_view place) {
  CodeLine found;
  const std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos) return found;
  const std::string_view path = place.substr(0, colon);
  std::from_chars(place.data() + colon + 1, place.data() + place.size(), found.line);
  if (found.line != 0 && !is_of_library(path)) {
    found.file = path.substr(path.find_last_of('/') + 1);
  }
  return found;
}

/// The first line of the answer of addr2line that is one of the code under test. Inlined calls have
/// lines of their own, the innermost first.
CodeLine first_of_test(std::string_view answer) {
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find('\n'), answer.size());
    CodeLine found = code_line(answer.substr(0, end));
    if (!found.file.empty()) return found;
    answer.remove_prefix(std::min(end + 1, answer.size()));
  }
  return {};
}

/// Asks addr2line about addresses of one module.
CodeLine ask(const std::string& module, std::string_view offsets) {
  // A quote in the path would end the argument.
  if (module.find('\'') != std::string::npos) return {};
  const std::string file = module.empty() ? fmt::format("/proc/{}/exe", ::getpid()) : module;
  const std::string command = fmt::format("addr2line -i -e '{}'{} 2>/dev/null", file, offsets);
  const auto close = [](FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe{::popen(command.c_str(), "r"), close};
  if (pipe == nullptr) return {};
  std::string answer;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0;
       (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    answer.append(buffer.data(), size);
  }
  return first_of_test(answer);
}

}  // namespace

ReturnAddresses return_addresses() {
  ReturnAddresses addresses;
#if SIM_HAS_CALL_PATHS
  addresses.resize(kFramesMax);
  const int count = ::backtrace(addresses.data(), kFramesMax);
  addresses.resize(static_cast<std::size_t>(count));
#endif
  return addresses;
}

CallPath call_path(const ReturnAddresses& addresses) {
  CallPath path;
#if SIM_HAS_CALL_PATHS
  for (const void* const address : addresses) path.push_back(code_address(address));
#else
  static_cast<void>(addresses);
#endif
  return path;
}

bool is_of_system(std::string_view path) {
  constexpr std::array<std::string_view, 3> kParts{"/usr/include/", "/include/c++/", "/lib/gcc/"};
  return contains_one_of(path, kParts);
}

bool is_library_of_system(std::string_view path) {
  return path.starts_with("/lib") || path.starts_with("/usr/lib");
}

CodeLine place_of(const CallPath& path) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, CodeLine> known;
  const std::lock_guard lock{mutex};
  // Addresses that follow each other in one module are looked up together.
  for (auto first = path.begin(); first != path.end();) {
    std::string offsets;
    const std::string& module = first->module;
    for (; first != path.end() && first->module == module; ++first) {
      offsets += fmt::format(" {:#x}", first->offset);
    }
    const auto [place, is_new] = known.try_emplace({module, offsets});
    // Its debug information may be installed, but the code under test is not in it.
    if (is_library_of_system(module)) continue;
    if (is_new) place->second = ask(module, offsets);
    if (!place->second.file.empty()) return place->second;
  }
  return {};
}

}  // namespace sim
