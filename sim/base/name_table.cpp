#include <sim/base/name_table.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <sim/base/hash.hpp>
#include <sim/base/printable.hpp>

namespace sim {
namespace {

constexpr const char* kClockName = "steady_clock";

}  // namespace

std::string NameTable::task_name(TaskId task) const {
  if (task == kMainTask || index_of(task) >= task_count_) return fmt::format("{}", index_of(task));
  if (parent_of(task) == kMainTask) return fmt::format("{}", child_number(task));
  return fmt::format("{}.{}", task_name(parent_of(task)), child_number(task));
}

std::string NameTable::object_name(ObjectId id) const {
  if (is_queue(id)) id = object_id(creator_of(id), ordinal_of(id));
  if (id == kClock) return kClockName;
  const auto found = std::find_if(objects_.begin(), objects_.end(),
                                  [id](const Entry& entry) { return entry.contains(id); });
  if (found == objects_.end()) return "unknown";
  if (found->text.empty()) {
    if (is_static(id))
      return fmt::format("static.{}{}", to_string(found->kind), ordinal_of(id) + 1);
    // The clock comes before the first object of the test body.
    const std::uint32_t number = ordinal_of(id) + (creator_of(id) == kMainTask ? 0 : 1);
    return fmt::format("{}.{}{}", task_name(creator_of(id)), to_string(found->kind), number);
  }
  // A test may give one name to several objects. They are then numbered in the order of their
  // identities, which are the same in every interleaving.
  const auto is_earlier = [&](const Entry& entry) {
    return entry.text == found->text && entry.index == found->index && entry.first < id;
  };
  const bool as_clock = found->text == kClockName && found->index < 0;
  const auto earlier =
      std::count_if(objects_.begin(), objects_.end(), is_earlier) + (as_clock ? 1 : 0);
  std::string text = escaped(std::string{found->text});
  if (found->index >= 0) text += fmt::format("[{}]", found->index);
  if (earlier > 0) text += fmt::format("#{}", earlier + 1);
  return text;
}

std::string NameTable::describe(const Operation& operation) const {
  if (operation.kind == OperationKind::join) return "join";
  return fmt::format("{} {}", operation.label, object_name(operation.object));
}

std::uint64_t NameTable::identity_of(TaskId task) const {
  std::uint64_t hash = 0;
  for (; task != kMainTask; task = parent_of(task)) hash = hash_step(hash, child_number(task));
  return hash;
}

std::uint64_t NameTable::identity_of(ObjectId object) const {
  // The ordinals of static objects may differ between processes; their names do not.
  if (is_static(object)) return hash_text(0, object_name(object));
  return hash_step(identity_of(creator_of(object)), ordinal_of(object));
}

}  // namespace sim
