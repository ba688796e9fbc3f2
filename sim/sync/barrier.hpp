#pragma once

// sim::barrier models std::barrier. An arrival and a wait are one step each; arrive_and_wait() is
// two steps. A barrier with a completion function makes one more step at the end of each phase.

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <sim/base/name.hpp>
#include <sim/base/source_location.hpp>
#include <sim/engine/engine.hpp>
#include <sim/sync/shared_object.hpp>

namespace sim {

/// The default completion function of a barrier, which does nothing.
struct NoCompletion {
  void operator()() const noexcept {}
};

/// std::barrier under the control of the engine. The task that arrives last calls the completion
/// function, whose operations are steps of that task, and then ends the phase in one more step.
/// More arrivals than a phase expects are misuse, as is arrive(n) with n below 1. Must be made
/// inside an execution (UsageError otherwise).
template <class Completion = NoCompletion>
class barrier {
 public:
  /// The phase in which a task has arrived.
  class arrival_token {
   public:
    arrival_token(arrival_token&&) noexcept = default;
    arrival_token& operator=(arrival_token&&) noexcept = default;

   private:
    friend barrier;
    explicit arrival_token(std::uint64_t phase) : phase_(phase) {}
    std::uint64_t phase_;
  };

  /// Requires expected >= 0.
  constexpr explicit barrier(std::ptrdiff_t expected, Completion completion = Completion{},
                             const Name& name = {},
                             SourceLocation where = SourceLocation::current())
      : expected_(expected),
        expected_at_first_(expected),
        left_(expected),
        completion_(std::move(completion)),
        gate_(true),
        object_(ObjectKind::barrier, name, where) {}
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;
  ~barrier() { object_.end(); }

  static constexpr std::ptrdiff_t max() noexcept { return PTRDIFF_MAX; }

  [[nodiscard]] arrival_token arrive(std::ptrdiff_t arrived = 1,
                                     SourceLocation where = SourceLocation::current()) {
    return arrive_as("arrive", arrived, 0, where);
  }
  void wait(arrival_token&& token, SourceLocation where = SourceLocation::current()) const {
    Engine& engine = Engine::current(where);
    const std::uint64_t phase = token.phase_;
    const ObjectId id = use(engine);
    if (object_.is_usable(engine) && phase == phase_) {
      engine.wait_point(OperationKind::await, id, "wait", gate_);
      if (phase == phase_) [[unlikely]]
        engine.stop_waiting();
    } else {
      engine.point(OperationKind::await, id, "wait");
    }
    finish(engine, phase);
  }
  void arrive_and_wait(SourceLocation where = SourceLocation::current()) {
    wait(arrive(1, where), where);
  }
  void arrive_and_drop(SourceLocation where = SourceLocation::current()) {
    static_cast<void>(arrive_as("arrive_and_drop", 1, 1, where));
  }

  // These members are not in std::barrier.

  [[nodiscard]] ObjectId id() const { return object_.id(); }

 private:
  ObjectId use(Engine& engine) const {
    return object_.use(engine, [this] {
      expected_ = left_ = expected_at_first_;
      phase_ = 0;
      gate_.restart(true);
    });
  }
  arrival_token arrive_as(const char* label, std::ptrdiff_t arrived, std::ptrdiff_t dropped,
                          SourceLocation where) {
    Engine& engine = Engine::current(where);
    const ObjectId id = use(engine);
    engine.point(OperationKind::arrive, id, label);
    const std::uint64_t phase = phase_;
    const bool fits = arrived > 0 && arrived <= left_;
    if (fits) {
      left_ -= arrived;
      expected_ -= dropped;
    }
    const bool last = fits && left_ == 0;
    constexpr bool kCompletes = !std::is_same_v<Completion, NoCompletion>;
    if (last && !kCompletes) begin_phase(engine);
    finish(engine, phase);
    if (!fits) {
      engine.fail_and_go_on(OutcomeKind::misuse, "more arrivals at a barrier than it expects",
                            where);
    }
    if (last && kCompletes) {
      engine.complete_phase(id, phase);
      completion_();
      engine.point(OperationKind::arrive, use(engine), "complete");
      begin_phase(engine);
      finish(engine, phase);
    }
    return arrival_token{phase};
  }

  /// Enables the waiting tasks, and closes the gate for the next phase.
  void begin_phase(Engine& engine) {
    ++phase_;
    left_ = expected_;
    engine.open(gate_);
    gate_.waiters.clear();
    gate_.closed = true;
  }
  void finish(Engine& engine, std::uint64_t phase) const {
    engine.finish(phase, false, [this] { return fmt::format("{}", left_); });
  }

  // Members are mutable because waiting adds to the waiters of the gate, and because the first
  // operation on a static barrier restarts it.
  mutable std::ptrdiff_t expected_;  ///< arrivals in each phase after this one
  std::ptrdiff_t expected_at_first_;
  mutable std::ptrdiff_t left_;  ///< arrivals that this phase still expects
  mutable std::uint64_t phase_ = 0;
  [[no_unique_address]] Completion completion_;
  mutable Gate gate_;  ///< the gate of the present phase
  SharedObject object_;
};

}  // namespace sim
