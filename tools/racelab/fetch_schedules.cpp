// Lets commands take schedules from a running lab, as in
// `racelab shrink http://localhost:8000/admin/recording/last-race`.

#include <chrono>
#include <cstdlib>
#include <string>
#include <variant>

#include <http/client.hpp>
#include <tools/racelab/command.hpp>

namespace racelab {
namespace {

constexpr std::chrono::seconds kTime{10};

std::variant<std::string, std::string> fetch(const std::string& url) {
  const char* const token = std::getenv("LAB_ADMIN_TOKEN");
  return http::fetch_text(url, kTime, token == nullptr ? "" : token);
}

const TextFetcherRegistration registration{fetch};

}  // namespace
}  // namespace racelab
