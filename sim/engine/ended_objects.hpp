#pragma once

// The shared objects of an execution whose lifetime has ended, so that a later operation on one of
// them is recognized: by its address, because the memory of the object may have been freed, or by
// the ObjectId of a pending operation. Engine adds an object in its destructor (sim::SharedObject
// calls it) and looks objects up when it has reason to.

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sim/base/call_place.hpp>
#include <sim/base/object.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>

namespace sim {

/// An object whose lifetime has ended.
struct EndedObject {
  const void* address;      ///< the address of its SharedObject
  SourceLocation made_at;   ///< where it was made
  std::uint64_t last_bits;  ///< the value of an atomic at its end, as memory_bits(); otherwise 0
  ObjectId id;
  std::int32_t
      epoch;    ///< RaceDetector::epoch() of the task at the end; 0 if races were not watched
  TaskId task;  ///< the task that ended it
};

/// The ended objects of one execution. Nearly all executions only end objects, at the end of the
/// test body, so adding one is cheap: the index is made when an object is looked up. Used by one
/// thread at a time.
class EndedObjects {
 public:
  /// Prepares a new execution.
  void clear() {
    if (objects_.empty()) return;
    objects_.clear();
    if (indexed_ == 0) return;
    index_.clear();
    filter_ = {};
    indexed_ = 0;
    paths_.clear();
  }
  [[nodiscard]] bool empty() const { return objects_.empty(); }
  void add(const EndedObject& object) { objects_.push_back(object); }
  /// Keeps the path of the calls that ended the object that was added last.
  void add_path(ReturnAddresses path) {
    static_cast<void>(find(objects_.back().address));  // so that clear() knows that there is one
    paths_[objects_.size() - 1] = std::move(path);
  }
  /// False if no object has ended at `address`.
  [[nodiscard]] bool may_contain(const void* address) {
    if (indexed_ != objects_.size()) bring_index_up_to_date();
    return (filter_[word(address)] & bit(address)) != 0;
  }
  /// The object that ended at `address`, or null: if none has, or if another object was made there.
  [[nodiscard]] const EndedObject* find(const void* address);
  /// The ended object with this id, or null. For a queue, the object that it belongs to.
  [[nodiscard]] const EndedObject* find(ObjectId id) const;
  /// The path given to add_path() for an object; empty if there was none.
  [[nodiscard]] ReturnAddresses path_of(const EndedObject& object) const;
  /// Called when an object is made at `address`.
  void forget(const void* address);

 private:
  static std::size_t hash(const void* address) {
    return static_cast<std::size_t>(
        (reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15ULL) >> 55U);
  }
  static std::size_t word(const void* address) { return hash(address) / 64; }
  static std::uint64_t bit(const void* address) { return std::uint64_t{1} << (hash(address) % 64); }
  void bring_index_up_to_date();

  std::vector<EndedObject> objects_;
  std::array<std::uint64_t, 8> filter_{};  ///< a bit for each hash of an address in the index
  std::unordered_map<const void*, std::size_t> index_;      ///< by address
  std::size_t indexed_ = 0;                                 ///< number of objects in the index
  std::unordered_map<std::size_t, ReturnAddresses> paths_;  ///< by index in objects_
};

}  // namespace sim
