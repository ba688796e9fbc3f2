#pragma once

// Where the tasks and objects of one execution come from, and what they are called in messages,
// schedule files and reports. The engine fills a NameTable while an execution runs; strategies read
// it through ChoicePoint::names. It is a plain value and can be copied to another process.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/name.hpp>
#include <sim/base/operation.hpp>
#include <sim/base/task_origin.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// The tasks and shared objects that one execution has made up to now.
/// Used by one thread at a time.
class NameTable {
 public:
  /// Forgets everything, and keeps the memory.
  void clear() {
    task_count_ = 0;
    objects_.clear();
  }
  /// Adds the next task. Requires task_count() < kTasksMax.
  void add_task(const TaskOrigin& origin) { origins_[task_count_++] = origin; }
  /// Adds an object. Objects of one creator are added in the order of their ordinals.
  void add_object(ObjectId id, ObjectKind kind, const Name& name) {
    // Objects without a name that follow each other share one entry, because a loop may make
    // millions of them.
    if (name.text().empty() && !objects_.empty() && objects_.back().is_followed_by(id, kind)) {
      ++objects_.back().count;
    } else {
      objects_.push_back({name.text(), name.index(), id, 1, kind});
    }
  }

  /// Grows when an object is added after which a name may have changed: names that were read
  /// before are still right if it has not grown.
  [[nodiscard]] std::size_t generation() const { return objects_.size(); }
  /// How many tasks there are, the test body included.
  [[nodiscard]] std::uint32_t task_count() const { return task_count_; }
  /// The origin of each task, by TaskId.
  [[nodiscard]] std::span<const TaskOrigin> tasks() const { return {origins_.data(), task_count_}; }
  /// The task that made `task`. Requires `task` to be in the table and not to be the test body.
  [[nodiscard]] TaskId parent_of(TaskId task) const { return origins_[index_of(task)].parent; }
  /// The number of `task` among the tasks that its parent made, from 1. Requires `task` to be in
  /// the table and not to be the test body.
  [[nodiscard]] std::uint32_t child_number(TaskId task) const {
    return origins_[index_of(task)].child_number;
  }

  /// "0" for the test body, "2" for the second task that the test body made, "2.1" for the first
  /// task that task 2 made. The number of `task` if it is not in the table.
  [[nodiscard]] std::string task_name(TaskId task) const;
  /// The name that the test gave to `object`, with escapes for control characters, or
  /// "<task>.<kind><number>" if it gave no name. The second object with the same name gets the
  /// suffix "#2". "unknown" if `object` is not in the table.
  [[nodiscard]] std::string object_name(ObjectId object) const;
  /// The word for an operation and the name of its object, as in "store counter".
  [[nodiscard]] std::string describe(const Operation& operation) const;

  /// A hash that identifies `task`: the same in every interleaving, and different for other tasks
  /// but for a collision of 64-bit hashes.
  [[nodiscard]] std::uint64_t identity_of(TaskId task) const;
  /// A hash that identifies `object`: the same in every interleaving, and different for other
  /// objects but for a collision of 64-bit hashes.
  [[nodiscard]] std::uint64_t identity_of(ObjectId object) const;

 private:
  /// One object, or several objects without a name that one task made in a row.
  struct Entry {
    std::string_view text;  ///< empty if the test gave it no name
    std::ptrdiff_t index;   ///< the index of its name; negative if it has none
    ObjectId first;
    std::uint32_t count;
    ObjectKind kind;

    [[nodiscard]] bool contains(ObjectId id) const {
      return id >= first &&
             static_cast<std::uint32_t>(id) - static_cast<std::uint32_t>(first) < count;
    }
    /// Whether an object without a name is the next one of this entry.
    [[nodiscard]] bool is_followed_by(ObjectId id, ObjectKind its_kind) const {
      return text.empty() && its_kind == kind &&
             static_cast<std::uint32_t>(id) == static_cast<std::uint32_t>(first) + count;
    }
  };

  std::uint32_t task_count_ = 0;
  std::array<TaskOrigin, kTasksMax> origins_{};
  std::vector<Entry> objects_;
};

}  // namespace sim
