#include <sim/search/bounded.hpp>

#include <utility>

namespace sim {

BoundedStrategy::BoundedStrategy(std::optional<std::uint32_t> preemptions_max)
    : preemptions_max_(preemptions_max) {}

// ---------------------------------------------------------------------------------------------
// Departures

/// Moves on to the first departure that is not before the current one. False where there is none.
bool BoundedStrategy::Departures::find_next() {
  for (; at < choices.size(); ++at, index = 0) {
    const Choice& choice = choices[at];
    if (choice.preempts != preempting) continue;
    if (index == choice.usual) ++index;
    if (index < choice.alternatives) return true;
  }
  return false;
}

void BoundedStrategy::Departures::write(std::vector<std::uint8_t>& bytes) const {
  put_number(bytes, preempting ? 1 : 0);
  put_number(bytes, at);
  put_number(bytes, index);
  for (const Choice& choice : choices) {
    put_number(bytes, choice.index);
    put_number(bytes, choice.alternatives);
    put_number(bytes, choice.preempts ? choice.usual + 1 : 0);
  }
}

bool BoundedStrategy::Departures::read(std::span<const std::uint8_t> bytes) {
  NumberReader in{bytes};
  choices.clear();
  preempting = in.next() == 1;
  at = in.next();
  index = static_cast<std::uint32_t>(in.next());
  while (in.ok() && !in.at_end()) {
    const auto taken = static_cast<std::uint32_t>(in.next());
    const auto alternatives = static_cast<std::uint32_t>(in.next());
    const auto usual = static_cast<std::uint32_t>(in.next());
    if (taken >= alternatives || usual > alternatives) return false;
    choices.push_back({taken, alternatives, usual == 0 ? 0 : usual - 1, usual != 0});
  }
  return in.ok() && at < choices.size() && index < choices[at].alternatives;
}

void BoundedStrategy::push(WorkStack& stack, const Departures& departures) {
  departures.write(stack.begin_part());
  stack.end_part();
}

// ---------------------------------------------------------------------------------------------
// Executions

SearchStatus BoundedStrategy::begin_execution() {
  if (status_ != SearchStatus::running) return status_;
  if (depth_ < given_) return status_ = end_diverged();
  path_.clear();
  given_ = depth_ = 0;
  if (!std::exchange(started_, true)) return status_;
  if (now_.empty()) {
    if (later_.empty()) {
      return status_ = left_out_ ? SearchStatus::limit : SearchStatus::exhausted;
    }
    std::swap(now_, later_);
    ++level_;
  }
  // Only departures that are there are kept.
  static_cast<void>(next_.read(now_.top()));
  now_.pop();
  path_.assign(next_.choices.begin(),
               next_.choices.begin() + static_cast<std::ptrdiff_t>(next_.at));
  path_.push_back(next_.choices[next_.at]);
  path_.back().index = next_.index;
  given_ = path_.size();
  ++next_.index;
  if (next_.find_next()) push(now_, next_);
  return status_;
}

std::uint32_t BoundedStrategy::choose(const ChoicePoint& point) {
  if (point.alternatives == 1) return 0;
  if (depth_ < given_) {
    const Choice& choice = path_[depth_++];
    // The program offers something else than it did for the same choices before.
    return choice.alternatives == point.alternatives ? choice.index : kRefuse;
  }
  const bool goes_on =
      point.kind == ChoiceKind::schedule && point.current && point.enabled.contains(*point.current);
  const std::uint32_t usual = goes_on ? point.enabled.rank(*point.current) : 0;
  path_.push_back({usual, point.alternatives, usual, goes_on});
  return usual;
}

void BoundedStrategy::end_execution(const Trace& trace) {
  static_cast<void>(trace);
  if (depth_ < given_) return;
  double share = 1;
  for (const Choice& choice : path_) share /= choice.alternatives;
  share_ += share;
  next_.choices = path_;
  for (const bool preempting : {true, false}) {
    next_.preempting = preempting;
    next_.at = given_;
    next_.index = 0;
    if (!next_.find_next()) continue;
    if (!preempting) {
      push(now_, next_);
    } else if (!preemptions_max_ || level_ < *preemptions_max_) {
      push(later_, next_);
    } else {
      left_out_ = true;
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Parts: the level, whether anything was left out, how many departures belong to this level, and
// all departures, each behind its size.

namespace {

void put_head(std::vector<std::uint8_t>& bytes, bool started, bool left_out, std::uint32_t level,
              std::size_t departures) {
  put_number(bytes, (started ? 1U : 0U) + (left_out ? 2U : 0U));
  put_number(bytes, level);
  put_number(bytes, departures);
}

}  // namespace

std::string BoundedStrategy::save() const {
  std::vector<std::uint8_t> bytes;
  put_head(bytes, started_, left_out_, level_, now_.size());
  put_parts(bytes, now_, now_.size());
  put_parts(bytes, later_, later_.size());
  return {bytes.begin(), bytes.end()};
}

bool BoundedStrategy::resume(std::string_view part) {
  NumberReader in{part};
  const std::uint64_t flags = in.next();
  level_ = static_cast<std::uint32_t>(in.next());
  std::uint64_t left_now = in.next();
  started_ = (flags & 1U) != 0;
  left_out_ = left_out_ || (flags & 2U) != 0;
  status_ = SearchStatus::running;
  given_ = depth_ = 0;
  now_.clear();
  later_.clear();
  bool fits = true;
  while (fits && in.ok() && !in.at_end()) {
    fits = next_.read(in.next_bytes(in.next()));
    WorkStack& stack = left_now > 0 ? now_ : later_;
    left_now -= left_now > 0 ? 1 : 0;
    if (fits) push(stack, next_);
  }
  fits = fits && in.ok() && left_now == 0;
  if (!fits) status_ = SearchStatus::exhausted;
  return fits;
}

std::optional<std::string> BoundedStrategy::split() {
  std::vector<std::uint8_t> bytes;
  const auto give_half = [&bytes](WorkStack& stack) {
    const std::size_t count = (stack.size() + 1) / 2;
    put_parts(bytes, stack, count);
    for (std::size_t i = 0; i < count; ++i) stack.pop_bottom();
  };
  if (now_.size() >= 2) {
    put_head(bytes, true, false, level_, (now_.size() + 1) / 2);
    give_half(now_);
  } else if (!later_.empty() && now_.size() + later_.size() >= 2) {
    put_head(bytes, true, false, level_ + 1, (later_.size() + 1) / 2);
    give_half(later_);
  } else {
    return std::nullopt;
  }
  return std::string{bytes.begin(), bytes.end()};
}

SearchProgress BoundedStrategy::progress() const {
  return {share_, now_.size() + later_.size() + (started_ ? 0 : 1)};
}

}  // namespace sim
