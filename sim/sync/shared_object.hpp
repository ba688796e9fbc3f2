#pragma once

// The identity and the lifetime of a primitive. Each primitive has a SharedObject as a member. An
// operation begins with use(), which returns the id to announce and recognizes objects that have
// ended or belong to another execution. The destructor of the primitive begins with end(), before
// any member is destroyed:
//
//   ~mutex() { object_.end([this] { return state(); }); }

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>

namespace sim {

/// The identity of one shared object. An object that is made inside an execution belongs to that
/// execution. An object that is made outside, such as a static object, begins each execution in the
/// state in which it was made. Used only by the tasks of one execution at a time.
class SharedObject {
 public:
  constexpr SharedObject(ObjectKind kind, const Name& name, SourceLocation where)
      : kind_(kind), name_(name), where_(where) {
    if (!std::is_constant_evaluated()) begin(name, where);
  }
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  /// Returns the id with which the calling task announces its operation. `restart()` gives the
  /// primitive its first state; it is called when an execution uses a static object for the first
  /// time. Fails the execution with misuse if another execution has made the object. If the object
  /// has ended, the next Engine::point() of the calling task fails the execution: the caller must
  /// not read the primitive before that.
  template <class Restart>
  SIM_ALWAYS_INLINE ObjectId use(Engine& engine, const Restart& restart) const {
#if SIM_ASAN
    // The memory of an ended object must not even be read.
    if (engine.has_ended_objects()) {
      if (const std::optional<ObjectId> ended = engine.use_ended(this)) return *ended;
    }
#endif
    if (epoch_ != engine.epoch()) [[unlikely]]
      return begin_use(engine, restart);
    return id_;
  }
  /// Whether the object has not ended and its state is that of the running execution.
  [[nodiscard]] bool is_usable(Engine& engine) const {
    return !(SIM_ASAN != 0 && engine.is_ended(this)) && epoch_ == engine.epoch();
  }
  /// The id that use() returned last.
  [[nodiscard]] ObjectId id() const {
    return id_;
  }
  [[nodiscard]] SourceLocation made_at() const {
    return where_;
  }

  /// Says that the object is part of another primitive, so that its memory orders are not those of
  /// the code under test.
  constexpr void be_part_of_primitive() {
    part_of_primitive_ = true;
  }
  [[nodiscard]] bool is_part_of_primitive() const {
    return part_of_primitive_;
  }
  /// Says that no task can use the object when it ends, because its users own it together. Its end
  /// is then no step.
  void own_jointly() {
    owned_jointly_ = true;
  }

  /// What the end of an object leaves behind.
  struct Last {
    std::uint64_t state = 0;  ///< see TraceEntry::state_at_end()
    std::uint64_t bits = 0;   ///< see EndedObject::last_bits
  };
  /// Ends the object: in a step, if there are other tasks that were not joined. `last()` is called
  /// after the task was chosen for that step. Fails the execution if the object has ended before.
  template <class GetLast>
  void end(const GetLast& last) const noexcept {
    Engine* const engine = Engine::current_or_null();
    if (engine == nullptr) return;
    if (SIM_ASAN != 0 || epoch_ != engine->epoch()) [[unlikely]] {
      if (const std::optional<ObjectId> ended = engine->use_ended(this)) {
        engine->point(OperationKind::destroy, *ended, "destroy",
                      StopBy::suspension);  // does not return
      }
      if (epoch_ != engine->epoch()) return;
    }
    if (!owned_jointly_ && engine->is_end_visible()) [[unlikely]] {
      engine->point(OperationKind::destroy, id_, "destroy", StopBy::later);
      engine->finish_part(last().state, false, [] { return std::string{}; });
    }
    engine->end_object(this, id_, where_, last().bits);
    epoch_ = kEnded;
    engine->end_step();
  }
  void end() const noexcept {
    end([] { return Last{}; });
  }

 private:
  // The arguments are also in the members. Reading them there, just after they were written, would
  // wait for the writes.
  void begin(const Name& name, SourceLocation where) {
    Engine* const engine = Engine::current_or_null();
    if (engine == nullptr) return;
    id_ = engine->add_object(kind_, name, where);
    epoch_ = engine->epoch();
    if (engine->has_ended_objects()) [[unlikely]]
      engine->forget_ended(this);
  }
  /// A separate function, so that use() stays small enough for functions that call it often to be
  /// inlined.
  template <class Restart>
  [[gnu::cold, gnu::noinline]] ObjectId begin_use(Engine& engine, const Restart& restart) const {
    if (const std::optional<ObjectId> ended = engine.use_ended(this)) return *ended;
    join_execution(engine);
    restart();
    return id_;
  }
  [[gnu::cold]] void join_execution(Engine& engine) const;

  /// The epoch of an ended object, as long as its memory is not used again.
  static constexpr std::uint64_t kEnded = 1;

  mutable std::uint64_t epoch_ = 0;  ///< Engine::epoch() of the execution that used it last
  mutable ObjectId id_{};
  ObjectKind kind_;
  bool owned_jointly_ = false;
  bool part_of_primitive_ = false;
  mutable bool is_static_ = false;  ///< made outside any execution
  mutable Name name_;
  SourceLocation where_;
};

}  // namespace sim
