#pragma once

// The part of the linearizability check that does not depend on the types of the model: it decides
// whether a history is linearizable and, if it is not, explains where it stops being so. Users call
// the functions of sim/history/linearizability.hpp instead.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sim {

/// Limits of a check. If one is reached, the verdict is "unknown".
struct CheckLimits {
  /// Time by the wall clock; no limit if empty. Leave it empty for histories of simulated
  /// executions, so that their verdicts do not depend on the speed of the machine.
  std::optional<std::chrono::milliseconds> time{};
  /// Configurations that are remembered, each of which takes about 100 bytes and a state of the
  /// model; no limit if empty.
  std::optional<std::uint64_t> configurations_max = 5'000'000;
};

/// A state that the object can have at the end of the longest linearizable prefix.
struct PossibleState {
  std::string state;    ///< empty if the model does not describe states
  std::string refusal;  ///< why the call at which the history stops cannot come next
};

/// The result of a check. Calls are given by their indices in the history.
struct Verdict {
  enum class Kind : std::uint8_t { linearizable, not_linearizable, unknown };
  Kind kind = Kind::unknown;
  /// If linearizable: an order of calls that explains the history. It has all calls with a response
  /// and the other calls that have taken effect. If not linearizable: an order that explains the
  /// longest linearizable prefix, in which calls that return after the prefix may have any result.
  std::vector<std::size_t> order{};
  /// If not linearizable: the call whose response comes right after the longest linearizable
  /// prefix.
  std::optional<std::size_t> stops_at{};
  /// If not linearizable: the number of invocations and responses in the prefix.
  std::size_t prefix_events = 0;
  /// The place of the call `stops_at` in `order`, if other calls of the prefix can be explained
  /// only when this call took effect before them, with another result.
  std::optional<std::size_t> needed_at{};
  /// The states that the orders of the prefix can lead to, or the state before place `needed_at`.
  /// The model refuses the call `stops_at` in each.
  std::vector<PossibleState> states{};
  bool has_more_states = false;  ///< some states are not listed, or a limit was reached
  bool longest = true;  ///< false: a limit was reached before a longer prefix could be ruled out
  std::string why{};    ///< if unknown: the limit that was reached
  /// For a check by key: the key whose calls are not linearizable, or not known to be.
  std::string key{};
  /// The number of configurations visited: sets of calls that have taken effect, each with a state.
  std::uint64_t explored = 0;

  [[nodiscard]] bool linearizable() const { return kind == Kind::linearizable; }
};

namespace detail {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// The times of a call.
struct CallTimes {
  std::uint64_t invoked;
  std::uint64_t returned;  ///< kNever if the call has no response
};

/// A sequential model as the search uses it: a state is a number from 0, a call is its index.
class NumberedModel {
 public:
  NumberedModel() = default;
  NumberedModel(const NumberedModel&) = delete;
  NumberedModel& operator=(const NumberedModel&) = delete;
  virtual ~NumberedModel() = default;

  /// The initial state.
  virtual std::uint32_t initial() = 0;
  /// The state after `call`, which has a response; nothing if the model refuses its result.
  virtual std::optional<std::uint32_t> apply(std::uint32_t state, std::size_t call) = 0;
  /// Sets `numbers` to the states that `call` can lead to with any result.
  virtual void outcomes(std::uint32_t state, std::size_t call,
                        std::vector<std::uint32_t>& numbers) = 0;
  /// Whether two calls are of equal operations. Their results may differ.
  [[nodiscard]] virtual bool same_operation(std::size_t a, std::size_t b) const = 0;
  /// Why apply() refuses `call`, in words.
  [[nodiscard]] virtual std::string refusal(std::uint32_t state, std::size_t call) const = 0;
  /// The state in words; empty if the model does not describe states.
  [[nodiscard]] virtual std::string describe_state(std::uint32_t state) const = 0;
};

/// Counts what all searches of one check use of its limits.
class CheckBudget {
 public:
  explicit CheckBudget(const CheckLimits& limits);

  /// Counts one step of a search. Returns false once a limit is reached.
  bool step();
  /// Counts one more configuration that is remembered.
  void remember() { ++configurations_; }
  /// The number of configurations that are remembered.
  [[nodiscard]] std::uint64_t configurations() const { return configurations_; }
  /// The limit that was reached, in words; empty if no limit was reached.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  CheckLimits limits_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t steps_ = 0;
  std::uint64_t configurations_ = 0;
  std::string why_;
};

/// Decides whether the calls are linearizable and, if they are not, finds the longest linearizable
/// prefix (the algorithm: sim/history/order_search.hpp). Throws UsageError if a call has a response
/// before its invocation.
Verdict search_linearization(std::span<const CallTimes> calls, NumberedModel& model,
                             CheckBudget& budget);

}  // namespace detail
}  // namespace sim
