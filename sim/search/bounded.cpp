#include <sim/search/bounded.hpp>

#include <utility>

namespace sim {

BoundedStrategy::BoundedStrategy(std::optional<std::uint32_t> preemptions_max)
    : preemptions_max_(preemptions_max) {}

// ---------------------------------------------------------------------------------------------
// Departures

/// Moves to the first departure at or after choices[at] and index. Returns whether there is one.
bool BoundedStrategy::Departures::find_next() {
  for (; at < choices.size(); ++at, index = 0) {
    const Choice& choice = choices[at];
    if (choice.preempts != preempting) continue;
    if (index == choice.usual) ++index;
    if (index < choice.alternatives) return true;
  }
  return false;
}

void BoundedStrategy::Departures::write(ByteWriter& out) const {
  out.flag(preempting);
  out.number(at);
  out.number(index);
  for (const Choice& choice : choices) {
    out.number(choice.index);
    out.number(choice.alternatives);
    out.number(choice.preempts ? choice.usual + 1 : 0);
  }
}

bool BoundedStrategy::Departures::read(std::string_view bytes) {
  ByteReader in{bytes};
  choices.clear();
  preempting = in.flag();
  at = static_cast<std::size_t>(in.number());
  index = in.number32();
  while (in.has_more()) {
    const std::uint32_t taken = in.number32();
    const std::uint32_t alternatives = in.number32();
    const std::uint32_t usual = in.number32();
    if (taken >= alternatives || usual > alternatives) in.fail();
    choices.push_back({taken, alternatives, usual == 0 ? 0 : usual - 1, usual != 0});
  }
  return in.ok() && at < choices.size() && index < choices[at].alternatives;
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
  // The stacks contain only what push() has written, which read() accepts.
  static_cast<void>(next_.read(now_.top()));
  now_.pop();
  path_.assign(next_.choices.begin(),
               next_.choices.begin() + static_cast<std::ptrdiff_t>(next_.at));
  path_.push_back(next_.choices[next_.at]);
  path_.back().index = next_.index;
  given_ = path_.size();
  ++next_.index;
  if (next_.find_next()) now_.push(next_);
  return status_;
}

std::uint32_t BoundedStrategy::choose(const ChoicePoint& point) {
  if (point.alternatives == 1) return 0;
  if (depth_ < given_) {
    const Choice& choice = path_[depth_++];
    // If the numbers differ, the program is not deterministic.
    return choice.alternatives == point.alternatives ? choice.index : kRefuse;
  }
  const std::uint32_t usual = point.default_index();
  path_.push_back({usual, point.alternatives, usual, point.current_can_continue()});
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
      now_.push(next_);
    } else if (!preemptions_max_ || level_ < *preemptions_max_) {
      later_.push(next_);
    } else {
      left_out_ = true;
    }
  }
}

// ---------------------------------------------------------------------------------------------
// The encoding of a work unit: two flags (started, left out), the level, the number of departures
// on this level, and all departures, first those on this level and then those on the next, each as
// a text.

namespace {

void write_head(ByteWriter& out, bool started, bool left_out, std::uint32_t level,
                std::size_t departures) {
  out.number((started ? 1U : 0U) + (left_out ? 2U : 0U));
  out.number(level);
  out.number(departures);
}

}  // namespace

std::string BoundedStrategy::save() const {
  std::string bytes;
  ByteWriter out{bytes};
  write_head(out, started_, left_out_, level_, now_.size());
  now_.write(out);
  later_.write(out);
  return bytes;
}

bool BoundedStrategy::resume(std::string_view unit) {
  ByteReader in{unit};
  const std::uint64_t flags = in.number_up_to(3);
  level_ = in.number32();
  std::uint64_t left_now = in.number();
  started_ = (flags & 1U) != 0;
  left_out_ = left_out_ || (flags & 2U) != 0;
  status_ = SearchStatus::running;
  given_ = depth_ = 0;
  now_.clear();
  later_.clear();
  while (in.has_more()) {
    if (!next_.read(in.text())) {
      in.fail();
    } else if (left_now > 0) {
      now_.push(next_);
      --left_now;
    } else {
      later_.push(next_);
    }
  }
  if (left_now > 0) in.fail();
  if (!in.ok()) status_ = SearchStatus::exhausted;
  return in.ok();
}

std::optional<std::string> BoundedStrategy::split() {
  std::string bytes;
  ByteWriter out{bytes};
  const auto give_half = [&out](WorkStack& stack, std::uint32_t level) {
    const std::size_t count = (stack.size() + 1) / 2;
    write_head(out, true, false, level, count);
    stack.move_bottom(count, out);
  };
  if (now_.size() >= 2) {
    give_half(now_, level_);
  } else if (!later_.empty() && now_.size() + later_.size() >= 2) {
    give_half(later_, level_ + 1);
  } else {
    return std::nullopt;
  }
  return bytes;
}

SearchProgress BoundedStrategy::progress() const {
  return {share_, now_.size() + later_.size() + (started_ ? 0 : 1)};
}

}  // namespace sim
