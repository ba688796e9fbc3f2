#pragma once

// The shared objects of an execution whose lifetime has ended, so that a later operation on one of
// them is recognized: by its address, because the memory of the object may have been freed, or by
// the ObjectId of a pending operation. Engine adds an object in its destructor (sim::SharedObject
// calls it) and looks objects up when it has reason to.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sim/base/call_place.hpp>
#include <sim/base/object.hpp>
#include <sim/base/source_location.hpp>
#include <sim/base/task_set.hpp>
#include <sim/memory/data_race.hpp>

namespace sim {

/// An object whose lifetime has ended.
struct EndedObject {
  const void* address;  ///< the address of its SharedObject
  ObjectId id;
  TaskId task;              ///< the task that ended it
  SourceLocation made_at;   ///< where it was made
  std::uint64_t last_bits;  ///< the value of an atomic at its end, as memory_bits(); otherwise 0
  std::int32_t epoch;       ///< RaceDetector::epoch() of the task at the end; 0 if races were not
                            ///< watched
  CallPath destroyed_from;  ///< empty if nobody observed the execution
  std::size_t entry;        ///< index of the trace entry of its end; of the step before, if its end
                            ///< was no step
};

/// The ended objects of one execution. Used by one thread at a time.
class EndedObjects {
 public:
  /// Prepares a new execution.
  void clear() {
    objects_.clear();
    index_.clear();
    indexed_ = 0;
  }
  [[nodiscard]] bool empty() const { return objects_.empty(); }
  void add(EndedObject&& object) { objects_.push_back(std::move(object)); }
  /// The object that ended at `address`, or null: if none has, or if another object was made there.
  [[nodiscard]] const EndedObject* find(const void* address);
  /// The ended object with this id, or null. For a queue, the object that it belongs to.
  [[nodiscard]] const EndedObject* find(ObjectId id) const;
  /// Called when an object is made at `address`.
  void forget(const void* address);

 private:
  void bring_index_up_to_date();

  std::vector<EndedObject> objects_;
  // An execution that only ends objects, as nearly all do, does not pay for an index.
  std::unordered_map<const void*, std::size_t> index_;
  std::size_t indexed_ = 0;  ///< number of objects in the index
};

}  // namespace sim
