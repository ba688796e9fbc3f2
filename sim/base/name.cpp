#include <sim/base/name.hpp>

#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace sim {
namespace {

/// Returns the one copy of `text`, and makes it first if there is none. Copies are never freed,
/// because static objects may have names.
std::string_view kept(std::string_view text) {
  static std::mutex mutex;
  static auto& texts = *new std::set<std::string, std::less<>>;
  const std::lock_guard lock{mutex};
  const auto found = texts.find(text);
  return found != texts.end() ? *found : *texts.emplace(text).first;
}

}  // namespace

Name name(std::string_view text) {
  return Name::of_kept_text(kept(text), -1);
}

Name name(std::string_view text, std::size_t index) {
  return Name::of_kept_text(kept(text), static_cast<std::ptrdiff_t>(index));
}

}  // namespace sim
