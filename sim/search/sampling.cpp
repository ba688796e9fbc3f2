#include <sim/search/sampling.hpp>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>

namespace sim {

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

/// A work unit: the executions from `first` to `end`, exclusive.
std::string SamplingStrategy::unit_of(std::uint64_t first, std::uint64_t end) const {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(first);
  out.number(end);
  write_more(out);
  return bytes;
}

std::string SamplingStrategy::save() const {
  return unit_of(next_, end_);
}

bool SamplingStrategy::resume(std::string_view unit) {
  ByteReader in{unit};
  next_ = in.number();
  end_ = in.number();
  read_more(in);
  const bool fits = in.done() && next_ <= end_;
  if (!fits) next_ = end_ = 0;
  return fits;
}

std::optional<std::string> SamplingStrategy::split() {
  const std::uint64_t half = (end_ - next_) / 2;
  if (half == 0 || !may_split()) return std::nullopt;
  end_ -= half;
  return unit_of(end_, end_ + half);
}

}  // namespace sim
