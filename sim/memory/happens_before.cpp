#include <sim/memory/happens_before.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

namespace sim {
namespace {

/// Clocks are copied and merged in blocks of this many numbers, one instruction for each block.
constexpr std::size_t kBlock = 4;
using Block = std::int32_t __attribute__((vector_size(kBlock * sizeof(std::int32_t))));

Block load(const std::int32_t* numbers) {
  Block block;
  std::memcpy(&block, numbers, sizeof(block));
  return block;
}
void store(std::int32_t* numbers, const Block& block) {
  std::memcpy(numbers, &block, sizeof(block));
}

/// Where a creator's row of numbers has an object: each, and behind it its queue.
std::size_t place_of(ObjectId id) {
  return std::size_t{ordinal_of(id)} * 2 + (is_queue(id) ? 1 : 0);
}

}  // namespace

void Causality::reserve_tasks(std::size_t tasks) {
  stride_ = (tasks + kBlock - 1) / kBlock * kBlock;
  last_.assign(stride_, -1);
  counts_.assign(stride_, 0);
}

void Causality::couple(std::span<const std::vector<ObjectId>> sets) {
  objects_.clear();
  coupled_ = !sets.empty();
  for (auto& row : numbers_) row.clear();
  for (const std::vector<ObjectId>& set : sets) {
    const auto number = static_cast<std::uint32_t>(objects_.size());
    objects_.emplace_back();
    for (const ObjectId id : set) objects_[number_of(id)].sets.push_back(number);
  }
}

void Causality::assign(const Trace& trace) {
  cut(0);
  std::size_t tasks = 1;
  for (const TraceEntry& entry : trace.entries()) {
    tasks += entry.kind == OperationKind::spawn ? 1 : 0;
  }
  if (tasks > stride_) reserve_tasks(tasks);
  if (coupled_ || !trace.context().jointly_observed.empty())
    couple(trace.context().jointly_observed);
  for (const TraceEntry& entry : trace.entries()) add(entry);
}

std::uint64_t Causality::fingerprint() const {
  std::uint64_t sum = 0;
  std::array<std::uint32_t, kTasksMax> choices{};
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const TraceEntry& entry = nodes_[i].entry;
    const bool choice = entry.kind == OperationKind::choice;
    if (!choice && !entry.is_step()) continue;
    std::uint64_t hash = hash_step(index_of(entry.task), choice ? entry.value + 1 : 0);
    if (choice) hash = hash_step(hash, ++choices[index_of(entry.task)]);
    // Tasks that have made no step make no difference, nor does the room there is for them.
    const ClockView before = clock(i);
    for (std::size_t task = 0; task < before.size(); ++task) {
      if (before[task] == 0) continue;
      hash = hash_step(hash, task << 32U | static_cast<std::uint32_t>(before[task]));
    }
    // Summed up, so that the order of independent steps makes no difference.
    sum += hash;
  }
  return sum;
}

std::uint32_t Causality::number_of(ObjectId id) {
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

/// Null where nothing has touched it yet.
const Causality::Object* Causality::find(ObjectId id) const {
  const std::size_t creator = index_of(creator_of(id));
  const std::size_t at = place_of(id);
  if (numbers_.size() <= creator || numbers_[creator].size() <= at) return nullptr;
  const std::uint32_t number = numbers_[creator][at];
  return number == 0 ? nullptr : &objects_[number - 1];
}

std::int32_t Causality::last_admitting(const TraceEntry& step,
                                       std::optional<std::uint32_t> entry) const {
  const Object* const object = find(step.object);
  if (object == nullptr) return -1;
  std::int32_t write = entry ? accesses_[nodes_[*entry].accesses].write_before : object->write;
  while (write >= 0) {
    const Access& access = accesses_[static_cast<std::size_t>(write)];
    if (admits(nodes_[access.entry].entry, step)) return static_cast<std::int32_t>(access.entry);
    write = access.write_before;
  }
  return -1;
}

bool Causality::conflict(std::size_t a, const TraceEntry& step, bool changes) const {
  const TraceEntry& entry = nodes_[a].entry;
  const bool writes = changes && !only_reads(step.kind);
  if (entry.object == step.object && (writes || entry.is_write())) return true;
  const std::optional<ObjectId> mine = step.second();
  const std::optional<ObjectId> other = entry.second();
  if ((mine && (mine == entry.object || mine == other)) || (other && other == step.object)) {
    return true;
  }
  if (!coupled_) return false;
  const auto coupled = [this](std::optional<ObjectId> x, std::optional<ObjectId> y) {
    return x && y && are_coupled(*x, *y);
  };
  const std::optional<ObjectId> object = entry.is_write() ? std::optional{entry.object} : other;
  const std::optional<ObjectId> its = writes ? std::optional{step.object} : mine;
  return coupled(object, its) || coupled(other, its) || coupled(object, mine) ||
         coupled(other, mine);
}

bool Causality::are_coupled(ObjectId a, ObjectId b) const {
  const Object* const first = find(a);
  const Object* const second = find(b);
  if (first == nullptr || second == nullptr) return false;
  return std::find_first_of(first->sets.begin(), first->sets.end(), second->sets.begin(),
                            second->sets.end()) != first->sets.end();
}

void Causality::copy(std::int32_t* clock, const std::int32_t* other) const {
  for (std::size_t i = 0; i < stride_; i += kBlock) store(clock + i, load(other + i));
}

void Causality::merge(std::int32_t* clock, const std::int32_t* other) const {
  for (std::size_t i = 0; i < stride_; i += kBlock) {
    const Block mine = load(clock + i);
    const Block its = load(other + i);
    const Block less = mine < its;
    store(clock + i, (mine & ~less) | (its & less));
  }
}

void Causality::cut(std::size_t size) {
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
    } else if (node.entry.kind == OperationKind::spawn) {
      last_[node.entry.value] = -1;
    }
    last_[index_of(node.entry.task)] = node.before;
    nodes_.pop_back();
  }
}

void Causality::add(const TraceEntry& entry) {
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
    copy(clock, row(static_cast<std::size_t>(node.before)));
  }
  last_[task] = static_cast<std::int32_t>(at);
  if (entry.is_step()) {
    add_step(node);
  } else if (entry.kind == OperationKind::spawn) {
    last_[entry.value] = static_cast<std::int32_t>(at);
  } else if (entry.kind == OperationKind::wake) {
    merge(clock, row(entry.value));
  } else if (entry.kind == OperationKind::join && last_[entry.value] >= 0) {
    merge(clock, row(static_cast<std::size_t>(last_[entry.value])));
  }
}

void Causality::add_step(Node& node) {
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
  const std::optional<ObjectId> second = entry.second();
  if (second || (writes && !objects_[object].sets.empty())) {
    collect_further_conflicts(entry, object);
  }
  std::int32_t* const clock = row(at);
  // Latest first: what an earlier one is ordered before by way of a later one is no race.
  for (const std::uint32_t conflict : conflicts_) {
    if (in(conflict, {clock, stride_})) continue;
    if (admits(nodes_[conflict].entry, entry)) races_.push_back(conflict);
    merge(clock, row(conflict));
  }
  clock[task] = node.index;
  access(object, at, writes);
  if (writes) {
    for (const std::uint32_t set : objects_[object].sets) access(set, at, true);
  }
  if (second) access_second(*second, at);
}

void Causality::access_second(ObjectId id, std::uint32_t entry) {
  const std::uint32_t object = number_of(id);
  access(object, entry, true);
  for (const std::uint32_t set : objects_[object].sets) access(set, entry, true);
}

/// By way of coupled objects and of the second object that a step changes.
void Causality::collect_further_conflicts(const TraceEntry& entry, std::uint32_t object) {
  if (entry.is_write()) {
    for (const std::uint32_t set : objects_[object].sets) collect_conflicts(set, true);
  }
  if (const std::optional<ObjectId> id = entry.second()) {
    const std::uint32_t second = number_of(*id);
    collect_conflicts(second, true);
    for (const std::uint32_t set : objects_[second].sets) collect_conflicts(set, true);
  }
  std::sort(conflicts_.begin(), conflicts_.end(), std::greater{});
  conflicts_.erase(std::unique(conflicts_.begin(), conflicts_.end()), conflicts_.end());
}

/// The accesses that a new one is ordered behind directly, latest first.
void Causality::collect_conflicts(std::uint32_t object, bool writes) {
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

void Causality::access(std::uint32_t object, std::uint32_t entry, bool writes) {
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
