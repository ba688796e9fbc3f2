#include <sim/sync/shared_object.hpp>

#include <fmt/format.h>

namespace sim {

/// Called when the object is used for the first time in an execution that has not made it.
void SharedObject::join_execution(Engine& engine) const {
  static std::atomic<std::uint32_t> static_objects{0};
  if (epoch_ != 0 && !is_static_) {
    engine.fail_and_end_task(
        OutcomeKind::misuse,
        "an operation on a shared object that another execution has made: make the object in the "
        "test body, or outside any execution",
        where_);
  }
  if (!is_static_) {
    is_static_ = true;
    id_ = object_id(kStaticCreator, static_objects.fetch_add(1, std::memory_order_relaxed));
    // The number differs between processes, so it must not be part of the name.
    if (name_.text().empty()) {
      name_ = sim::name(fmt::format("{}@{}:{}", to_string(kind_), where_.file_name(), where_.line));
    }
  }
  engine.add_static_object(id_, kind_, name_);
  epoch_ = engine.epoch();
}

}  // namespace sim
