#include <sim/search/surw.hpp>

#include <algorithm>

namespace sim {
namespace {

/// Whether the order of the steps on `object` can matter.
bool is_contended(const Measurement& profile, std::size_t object) {
  std::size_t users = 0;
  bool writes = false;
  for (const Measurement::Task& task : profile.tasks) {
    for (const Measurement::Access& access : task.accesses) {
      if (access.object != object) continue;
      ++users;
      writes |= access.writes;
    }
  }
  return users > 1 && writes;
}

}  // namespace

SurwStrategy::SurwStrategy(std::uint64_t seed, const SurwOptions& options)
    : SamplingStrategy(seed),
      children_(options.profile.tasks.size()),
      objects_(options.profile.objects) {
  const Measurement& profile = options.profile;
  for (std::size_t task = 1; task < profile.tasks.size(); ++task) {
    std::vector<std::size_t>& siblings = children_[profile.tasks[task].parent];
    siblings.resize(std::max<std::size_t>(siblings.size(), profile.tasks[task].child_number));
    siblings[profile.tasks[task].child_number - 1] = task;
  }
  for (std::size_t object = 0; options.selective && object < objects_.size(); ++object) {
    if (is_contended(profile, object)) add_interest(profile, object);
  }
  if (interests_.empty()) add_interest(profile, std::nullopt);
}

void SurwStrategy::add_interest(const Measurement& profile, std::optional<std::size_t> object) {
  Interest interest{object, std::vector<std::uint32_t>(profile.tasks.size())};
  for (std::size_t task = profile.tasks.size(); task-- > 0;) {
    const Measurement::Task& measured = profile.tasks[task];
    for (const Measurement::Access& access : measured.accesses) {
      if (!object || access.object == *object) interest.steps[task] += access.steps;
    }
    // A task has a higher index than its parent, so the sum for `task` is complete at this point.
    if (task > 0) interest.steps[measured.parent] += interest.steps[task];
  }
  interests_.push_back(std::move(interest));
}

void SurwStrategy::prepare() {
  interest_ = &interests_[random().below(static_cast<std::uint32_t>(interests_.size()))];
  object_.reset();
  tasks_.clear();
  intended_.reset();
  counted_.reset();
}

std::uint32_t SurwStrategy::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::schedule) return random().below(point.alternatives);
  if (counted_) {
    std::uint32_t& left = left_[index_of(*counted_)];
    left -= std::min(left, 1U);
    intended_.reset();
  }
  meet(*point.names);
  if (!intended_) intended_ = draw_from(tasks_);
  // A task that waits by yielding must not keep the task that it waits for from running.
  if (point.current_is_held_back()) intended_ = draw_from(point.enabled);

  TaskSet free;
  point.enabled.for_each([&](TaskId task) {
    if (task == *intended_ || !is_of_interest(point.pending[index_of(task)])) free.insert(task);
  });
  if (free.empty()) {
    intended_ = draw_from(point.enabled);
    free.insert(*intended_);
  }
  const TaskId task = free.nth(random().below(free.size()));
  counted_.reset();
  if (is_of_interest(point.pending[index_of(task)])) counted_ = task;
  return point.enabled.rank(task);
}

/// Adds the tasks that were made since the last choice.
void SurwStrategy::meet(const NameTable& names) {
  for (std::uint32_t i = tasks_.size(); i < names.task_count(); ++i) {
    if (i == 0) {
      know(kMainTask, children_.empty() ? std::nullopt : std::optional<std::size_t>{0});
    } else {
      meet_child(task_at(i), names);
    }
    tasks_.insert(task_at(i));
  }
}

/// Adds `child`, and subtracts its steps from those of its parent, in which they were included.
void SurwStrategy::meet_child(TaskId child, const NameTable& names) {
  const TaskId parent = names.parent_of(child);
  const std::uint32_t number = names.child_number(child);
  const std::optional<std::size_t> origin = origins_[index_of(parent)];
  const bool known = origin && number <= children_[*origin].size();
  know(child, known ? std::optional{children_[*origin][number - 1]} : std::nullopt);

  const std::uint32_t taken = left_[index_of(child)];
  std::uint32_t& left = left_[index_of(parent)];
  const std::uint32_t before = std::max(left, taken);
  left = before - taken;
  if (intended_ == parent && before > 0 && random().below(before) < taken) intended_ = child;
}

void SurwStrategy::know(TaskId task, std::optional<std::size_t> origin) {
  origins_[index_of(task)] = origin;
  left_[index_of(task)] = origin ? interest_->steps[*origin] : 0;
  if (!origin || !interest_->object) return;
  const Measurement::Object& object = objects_[*interest_->object];
  if (object.creator == *origin) object_ = object_id(task, object.ordinal);
  if (object.creator == Measurement::kNoCreator) {
    object_ = object_id(kStaticCreator, object.ordinal);
  }
}

bool SurwStrategy::is_of_interest(const Operation& operation) const {
  // The profile counts steps on the queue of an atomic as steps on the atomic.
  const ObjectId object = object_id(creator_of(operation.object), ordinal_of(operation.object));
  return !interest_->object || object == object_;
}

/// Draws one of `tasks` with a probability in proportion to the steps of interest that it has left.
/// Each task counts as having at least one left, because the profile may have missed one. If it has
/// none, this has no effect: when no other task can run, another task is drawn.
TaskId SurwStrategy::draw_from(const TaskSet& tasks) {
  const auto weight = [&](TaskId task) { return std::max(left_[index_of(task)], 1U); };
  std::uint32_t total = 0;
  tasks.for_each([&](TaskId task) { total += weight(task); });
  std::uint32_t drawn = random().below(total);
  std::uint32_t i = 0;
  for (; drawn >= weight(tasks.nth(i)); ++i) drawn -= weight(tasks.nth(i));
  return tasks.nth(i);
}

}  // namespace sim
