#pragma once

// Recognizes loops that wait for another task without saying so, as in `while (!ready.load()) {}`.
// A task spins if it comes back to an operation with the same registers and the same stack, and has
// changed no shared object since: it will do the same again until another task changes something.
// The engine treats this as a yield, so that loops that spin end in every search.
//
// The memory that a task has outside its stack is not compared. A loop that counts its rounds in
// such memory is taken for one that spins; it makes as many rounds as other tasks make steps.

#include <array>
#include <cstdint>

#include <sim/base/object.hpp>
#include <sim/engine/execution_context.hpp>

namespace sim {

/// What is known about the last operations of one task.
class SpinWatch {
 public:
  void clear() { tries_ = 0; }
  /// Called before each operation that may change nothing; if it does change its object, clear() is
  /// called after it. Returns whether has_come_back() must be called.
  SIM_ALWAYS_INLINE bool note() { return ++tries_ > kPatience; }
  /// Called if note() has returned true, before an operation on `object`. Returns whether the task
  /// is where it was at an earlier call since the last change. `context` is that of the calling
  /// task.
  [[gnu::noinline]] bool has_come_back(const ExecutionContext& context, ObjectId object);

 private:
  /// The number of operations after a change that are not watched: most programs repeat an
  /// operation once.
  static constexpr std::uint32_t kPatience = 2;
  /// The number of operations after which another object is watched: the first may not be used in
  /// the loop.
  static constexpr std::uint32_t kAnchorEvery = 64;

  std::uint32_t tries_ = 0;
  ObjectId anchor_{};  ///< only operations on this object are compared
  std::uint32_t looks_ = 0;
  /// Digests of registers and stack when they were last looked at. Several, because unoptimized
  /// code leaves remains of earlier calls on the stack that alternate.
  std::array<std::uint64_t, 8> digests_{};
};

}  // namespace sim
