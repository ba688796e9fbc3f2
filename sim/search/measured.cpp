#include <sim/search/measured.hpp>

namespace sim {

void MeasuredStrategy::prepare() {
  const std::uint64_t number = reproduction()->execution;
  measures_ = number < kMeasuredExecutions;
  if (measures_) return;
  if (sampler_ == nullptr) {
    const bool measured = meter_.executions() == kMeasuredExecutions;
    sampler_ = make_(measured ? meter_.result() : measure_());
  }
  sampler_->limit(number, 1);
  static_cast<void>(sampler_->begin_execution());
}

void MeasuredStrategy::read_more(ByteReader& in) {
  meter_.read(in);
  sampler_.reset();
}

std::uint32_t MeasuredStrategy::choose(const ChoicePoint& point) {
  if (!measures_) return sampler_->choose(point);
  return point.alternatives == 1 ? 0 : random().below(point.alternatives);
}

void MeasuredStrategy::end_execution(const Trace& trace) {
  if (!measures_) {
    sampler_->end_execution(trace);
  } else if (meter_.executions() == reproduction()->execution) {
    meter_.add(trace);
  }
}

}  // namespace sim
