#include <sim/memory/happens_before.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace sim {
namespace {

/// The index of an object in its creator's row of `numbers_`, in which each object is followed by
/// its queue.
std::size_t place_of(ObjectId id) {
  return std::size_t{ordinal_of(id)} * 2 + (is_queue(id) ? 1 : 0);
}

}  // namespace

void HappensBefore::reserve_tasks(std::size_t tasks) {
  stride_ = (tasks + kClockBlock - 1) / kClockBlock * kClockBlock;
  last_.assign(stride_, -1);
  counts_.assign(stride_, 0);
}

void HappensBefore::observe_jointly(std::span<const std::vector<ObjectId>> sets) {
  objects_.clear();
  has_joint_sets_ = !sets.empty();
  for (auto& row : numbers_) row.clear();
  for (const std::vector<ObjectId>& set : sets) {
    const auto number = static_cast<std::uint32_t>(objects_.size());
    objects_.emplace_back();
    for (const ObjectId id : set) objects_[number_of(id)].sets.push_back(number);
  }
}

void HappensBefore::assign(const Trace& trace) {
  truncate(0);
  std::size_t tasks = 1;
  for (const TraceEntry& entry : trace.entries()) {
    if (entry.is_spawn()) tasks = std::max(tasks, index_of(entry.other_task()) + 1);
  }
  if (tasks > stride_) reserve_tasks(tasks);
  if (has_joint_sets_ || !trace.context().jointly_observed.empty())
    observe_jointly(trace.context().jointly_observed);
  for (const TraceEntry& entry : trace.entries()) add(entry);
}

std::uint64_t HappensBefore::fingerprint() const {
  std::uint64_t sum = 0;
  std::array<std::uint32_t, kTasksMax> choices{};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const TraceEntry& entry = nodes_[i].entry;
    const bool choice = entry.is_choice();
    if (!choice && !entry.is_step()) continue;
    std::uint64_t hash =
        hash_step(index_of(entry.task), choice ? std::uint64_t{entry.chosen_index()} + 1 : 0);
    if (choice) hash = hash_step(hash, ++choices[index_of(entry.task)]);
    // Zeros are skipped, so that tasks without steps and clocks with room for more tasks make no
    // difference.
    const ClockView before = clock(i);
    for (std::size_t task = 0; task < before.size(); ++task) {
      if (before[task] == 0) continue;
      hash = hash_step(hash, task << 32U | static_cast<std::uint32_t>(before[task]));
    }
    // A sum, so that the order of independent steps makes no difference.
    sum += hash;
  }
  return sum;
}

std::uint32_t HappensBefore::number_of(ObjectId id) {
  const std::size_t creator = index_of(creator_of(id));
  if (numbers_.size() <= creator) numbers_.resize(creator + 1);
  auto& row = numbers_[creator];
  const std::size_t at = place_of(id);
  if (row.size() <= at) row.resize(at + 1);
  std::uint32_t& number = row[at];
  if (number == 0) {
    objects_.emplace_back();
    number = static_cast<std::uint32_t>(objects_.size());
  }
  return number - 1;
}

/// Returns null if no step has touched the object yet.
const HappensBefore::Object* HappensBefore::find(ObjectId id) const {
  const std::size_t creator = index_of(creator_of(id));
  const std::size_t at = place_of(id);
  if (numbers_.size() <= creator || numbers_[creator].size() <= at) return nullptr;
  const std::uint32_t number = numbers_[creator][at];
  return number == 0 ? nullptr : &objects_[number - 1];
}

std::int32_t HappensBefore::last_enabling(const TraceEntry& step,
                                          std::optional<std::uint32_t> entry) const {
  const Object* const object = find(step.object);
  if (object == nullptr) return -1;
  std::int32_t write = entry ? accesses_[nodes_[*entry].accesses].write_before : object->write;
  while (write >= 0) {
    const Access& access = accesses_[static_cast<std::size_t>(write)];
    if (would_enable(nodes_[access.entry].entry, step))
      return static_cast<std::int32_t>(access.entry);
    write = access.write_before;
  }
  return -1;
}

bool HappensBefore::takes_place(std::size_t entry) const {
  return std::any_of(reused_.begin(), reused_.end(),
                     [entry](const Reused& reused) { return reused.spawn == entry; });
}

bool HappensBefore::conflicts(std::size_t a, const Footprint& step) const {
  const Footprint other = footprint(nodes_[a].entry);
  if (sim::conflicts(other, step)) return true;
  return has_joint_sets_ && writes_jointly(other, step, [this](ObjectId x, ObjectId y) {
           return are_observed_jointly(x, y);
         });
}

bool HappensBefore::are_observed_jointly(ObjectId a, ObjectId b) const {
  const Object* const first = find(a);
  const Object* const second = find(b);
  if (first == nullptr || second == nullptr) return false;
  return std::find_first_of(first->sets.begin(), first->sets.end(), second->sets.begin(),
                            second->sets.end()) != first->sets.end();
}

void HappensBefore::truncate(std::size_t size) {
  while (nodes_.size() > size) {
    const Node& node = nodes_.back();
    if (node.entry.is_step()) {
      --counts_[index_of(node.entry.task)];
      steps_.pop_back();
      while (accesses_.size() > node.accesses) {
        const Access& access = accesses_.back();
        Object& object = objects_[access.object];
        object.write = access.write_before;
        object.read = access.read_before;
        accesses_.pop_back();
      }
    } else if (node.entry.is_spawn()) {
      std::int32_t& last = last_[index_of(node.entry.other_task())];
      last = -1;
      if (!reused_.empty() && reused_.back().spawn + 1 == nodes_.size()) {
        last = reused_.back().last;
        reused_.pop_back();
      }
    }
    last_[index_of(node.entry.task)] = node.before;
    nodes_.pop_back();
  }
}

void HappensBefore::add(const TraceEntry& entry) {
  const std::size_t at = nodes_.size();
  const std::size_t task = index_of(entry.task);
  if (clocks_.size() < (at + 1) * stride_) clocks_.resize((at + 1) * stride_ * 2);
  nodes_.push_back({entry, last_[task], 0, static_cast<std::uint32_t>(steps_.size()),
                    static_cast<std::uint32_t>(accesses_.size())});
  Node& node = nodes_.back();
  std::int32_t* const clock = row(at);
  if (node.before < 0) {
    std::fill_n(clock, stride_, 0);
  } else {
    std::copy_n(row(static_cast<std::size_t>(node.before)), stride_, clock);
  }
  last_[task] = static_cast<std::int32_t>(at);
  if (entry.is_step()) {
    add_step(node);
  } else if (entry.is_spawn()) {
    std::int32_t& last = last_[index_of(entry.other_task())];
    if (last >= 0) reused_.push_back({at, last});
    last = static_cast<std::int32_t>(at);
  } else if (entry.is_wake()) {
    merge(clock, row(entry.notify_entry()));
  } else if (entry.is_join()) {
    const std::int32_t ended = last_[index_of(entry.other_task())];
    if (ended >= 0) merge(clock, row(static_cast<std::size_t>(ended)));
  }
}

void HappensBefore::add_step(Node& node) {
  const auto at = static_cast<std::uint32_t>(nodes_.size() - 1);
  const TraceEntry& entry = node.entry;
  const std::size_t task = index_of(entry.task);
  const std::uint32_t object = number_of(entry.object);
  const bool writes = entry.is_write();
  steps_.push_back(at);
  node.index = ++counts_[task];
  races_.clear();
  conflicts_.clear();
  collect_conflicts(object, writes);
  const std::optional<ObjectId> second = entry.also_writes();
  if (second || (writes && !objects_[object].sets.empty())) {
    collect_further_conflicts(entry, object);
  }
  std::int32_t* const clock = row(at);
  // Latest first: a conflicting step that is ordered by a later conflict does not race.
  for (const std::uint32_t conflict : conflicts_) {
    if (in(conflict, {clock, stride_})) continue;
    if (would_enable(nodes_[conflict].entry, entry)) races_.push_back(conflict);
    merge(clock, row(conflict));
  }
  clock[task] = node.index;
  access(object, at, writes);
  if (writes) {
    for (const std::uint32_t set : objects_[object].sets) access(set, at, true);
  }
  if (second) access_second(*second, at);
}

void HappensBefore::access_second(ObjectId id, std::uint32_t entry) {
  const std::uint32_t object = number_of(id);
  access(object, entry, true);
  for (const std::uint32_t set : objects_[object].sets) access(set, entry, true);
}

/// Adds the conflicts on jointly observed objects and on the second object that a step writes.
void HappensBefore::collect_further_conflicts(const TraceEntry& entry, std::uint32_t object) {
  if (entry.is_write()) {
    for (const std::uint32_t set : objects_[object].sets) collect_conflicts(set, true);
  }
  if (const std::optional<ObjectId> id = entry.also_writes()) {
    const std::uint32_t second = number_of(*id);
    collect_conflicts(second, true);
    for (const std::uint32_t set : objects_[second].sets) collect_conflicts(set, true);
  }
  std::sort(conflicts_.begin(), conflicts_.end(), std::greater{});
  conflicts_.erase(std::unique(conflicts_.begin(), conflicts_.end()), conflicts_.end());
}

/// Adds the entries with which a new access of `object` conflicts directly, latest first.
void HappensBefore::collect_conflicts(std::uint32_t object, bool writes) {
  const Object& state = objects_[object];
  if (writes) {
    for (std::int32_t read = state.read; read >= 0;) {
      const Access& access = accesses_[static_cast<std::size_t>(read)];
      conflicts_.push_back(access.entry);
      read = access.read_before;
    }
  }
  if (state.write >= 0) {
    conflicts_.push_back(accesses_[static_cast<std::size_t>(state.write)].entry);
  }
}

void HappensBefore::access(std::uint32_t object, std::uint32_t entry, bool writes) {
  Object& state = objects_[object];
  const auto number = static_cast<std::int32_t>(accesses_.size());
  accesses_.push_back({object, entry, state.write, state.read, writes});
  if (writes) {
    state.write = number;
    state.read = -1;
  } else {
    state.read = number;
  }
}

}  // namespace sim
