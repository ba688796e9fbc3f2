#include <sim/engine/ended_objects.hpp>

#include <algorithm>

namespace sim {

void EndedObjects::bring_index_up_to_date() {
  for (; indexed_ < objects_.size(); ++indexed_) {
    const void* const address = objects_[indexed_].address;
    index_[address] = indexed_;
    filter_[word(address)] |= bit(address);
  }
}

const EndedObject* EndedObjects::find(const void* address) {
  bring_index_up_to_date();
  const auto found = index_.find(address);
  return found == index_.end() ? nullptr : &objects_[found->second];
}

const EndedObject* EndedObjects::find(ObjectId id) const {
  const ObjectId owner = object_id(creator_of(id), ordinal_of(id));
  const auto found = std::find_if(objects_.rbegin(), objects_.rend(),
                                  [owner](const EndedObject& ended) { return ended.id == owner; });
  return found == objects_.rend() ? nullptr : &*found;
}

ReturnAddresses EndedObjects::path_of(const EndedObject& object) const {
  const auto found = paths_.find(static_cast<std::size_t>(&object - objects_.data()));
  return found == paths_.end() ? ReturnAddresses{} : found->second;
}

void EndedObjects::forget(const void* address) {
  if (!may_contain(address)) return;
  bring_index_up_to_date();
  index_.erase(address);
}

}  // namespace sim
