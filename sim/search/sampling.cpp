#include <sim/search/sampling.hpp>

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace sim {

bool SamplingStrategy::begin_execution() {
  if (next_ == end_) return false;
  random_ = Random{Random{seed_ + next_++ * 0xD1B54A32D192ED03ULL}.next()};
  prepare();
  return true;
}

std::string SamplingStrategy::origin() const {
  return fmt::format("seed {}, execution {}", seed_, number());
}

std::string SamplingStrategy::save() const {
  return fmt::format("{} {}", next_, end_);
}

bool SamplingStrategy::resume(std::string_view part) {
  next_ = end_ = 0;
  const char* const last = part.data() + part.size();
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  const auto [space, error] = std::from_chars(part.data(), last, first);
  if (error != std::errc{} || space == last || *space != ' ') return false;
  const auto [rest, second_error] = std::from_chars(space + 1, last, end);
  if (second_error != std::errc{} || rest != last || first > end) return false;
  next_ = first;
  end_ = end;
  return true;
}

std::optional<std::string> SamplingStrategy::split() {
  const std::uint64_t half = (end_ - next_) / 2;
  if (half == 0) return std::nullopt;
  end_ -= half;
  return fmt::format("{} {}", end_, end_ + half);
}

}  // namespace sim
