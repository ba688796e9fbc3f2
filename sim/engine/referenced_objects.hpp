#pragma once

// The shared objects that are identified by an address: those on which a sim::atomic_ref operates.

#include <map>

#include <sim/base/object.hpp>

namespace sim {

class ReferencedObjects {
 public:
  /// Prepares a new execution, which has no such objects yet.
  void clear() { objects_.clear(); }
  /// The object at `address`. make() makes the identity of a new one.
  template <class Make>
  ObjectId at(const void* address, const Make& make) {
    const auto found = objects_.find(address);
    if (found != objects_.end()) return found->second;
    return objects_.emplace(address, make()).first->second;
  }

 private:
  std::map<const void*, ObjectId> objects_;
};

}  // namespace sim
