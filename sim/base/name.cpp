#include <sim/base/name.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace sim {
namespace {

/// Returns the copy of `text` that is kept for all names with this text. Copies are never freed,
/// because static objects may have names.
std::string_view find_or_keep(std::string_view text) {
  static std::mutex mutex;
  static auto& texts = *new std::set<std::string, std::less<>>;
  const std::lock_guard lock{mutex};
  const auto found = texts.find(text);
  return found != texts.end() ? *found : *texts.emplace(text).first;
}

/// find_or_keep() behind a small cache, because a test makes the same names in each of millions of
/// executions.
std::string_view kept(std::string_view text) {
  if (text.empty()) return {};
  constexpr std::size_t kSlots = 64;
  thread_local std::array<std::string_view, kSlots> recent;
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const std::size_t hash = text.size() + byte(0) * 7U + byte(text.size() / 2) * 3U;
  std::string_view& slot = recent.at((hash + byte(text.size() - 1)) % kSlots);
  if (slot != text) slot = find_or_keep(text);
  return slot;
}

}  // namespace

Name name(std::string_view text) {
  return Name::of_kept_text(kept(text), -1);
}

Name name(std::string_view text, std::size_t index) {
  return Name::of_kept_text(kept(text), static_cast<std::ptrdiff_t>(index));
}

}  // namespace sim
