#include <sim/search/sampling.hpp>

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

}  // namespace

std::string to_string(const Reproduction& reproduction) {
  return fmt::format("seed {}, execution {}", reproduction.seed, reproduction.execution);
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

bool SamplingStrategy::resume(std::string_view unit) {
  ByteReader in{unit};
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
