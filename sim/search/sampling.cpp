#include <sim/search/sampling.hpp>

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>

namespace sim {
namespace {

/// A work unit: the executions from `first` to `end`, exclusive.
std::string range_bytes(std::uint64_t first, std::uint64_t end) {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(first);
  out.number(end);
  return bytes;
}

/// Reads a number that is followed by `end`, and takes both off the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view end) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  if (!text.starts_with(end)) return std::nullopt;
  text.remove_prefix(end.size());
  return number;
}

}  // namespace

std::string to_string(const Reproduction& reproduction) {
  return fmt::format("seed {}, execution {}", reproduction.seed, reproduction.execution);
}

std::optional<Reproduction> parse_reproduction(std::string_view text) {
  constexpr std::string_view kBegin = "seed ";
  if (!text.starts_with(kBegin)) return std::nullopt;
  text.remove_prefix(kBegin.size());
  const auto seed = take_number(text, ", execution ");
  const auto execution = seed ? take_number(text, "") : std::nullopt;
  if (!execution || !text.empty()) return std::nullopt;
  return Reproduction{*seed, *execution};
}

SearchStatus SamplingStrategy::begin_execution() {
  if (next_ == end_) return SearchStatus::limit;
  set_reproduction({seed_, next_});
  random_ = Random{Random{seed_ + next_++ * 0xD1B54A32D192ED03ULL}.next()};
  prepare();
  return SearchStatus::running;
}

std::string SamplingStrategy::save() const {
  return range_bytes(next_, end_);
}

bool SamplingStrategy::resume(std::string_view part) {
  ByteReader in{part};
  next_ = in.number();
  end_ = in.number();
  const bool fits = in.done() && next_ <= end_;
  if (!fits) next_ = end_ = 0;
  return fits;
}

std::optional<std::string> SamplingStrategy::split() {
  const std::uint64_t half = (end_ - next_) / 2;
  if (half == 0) return std::nullopt;
  end_ -= half;
  return range_bytes(end_, end_ + half);
}

}  // namespace sim
