#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sim {

/// Bounds of a check. Where one is reached the answer is "unknown".
struct CheckLimits {
  /// By the wall clock; none: as long as it takes. For histories of executions none is right: the
  /// verdict is then the same in every run.
  std::optional<std::chrono::milliseconds> time{};
  /// Configurations that are remembered, about 100 bytes each and a state of the model; none: as
  /// many as there are.
  std::optional<std::uint64_t> configurations_max = 5'000'000;
};

/// A state that the object may be in where a history stops being linearizable.
struct PossibleState {
  std::string state;    ///< empty where the model does not describe states
  std::string refusal;  ///< why the call that stops it cannot come next
};

/// What a check found. Calls are given by their indices in the history.
struct Verdict {
  enum class Kind : std::uint8_t { linearizable, not_linearizable, unknown };
  Kind kind = Kind::unknown;
  /// Linearizable: all calls that have a response, and others that have taken effect, in an order
  /// that explains them. Not linearizable: such an order of the longest prefix of the history that
  /// is, in which calls without a response yet may have any.
  std::vector<std::size_t> order{};
  /// Not linearizable: the call with whose response the longest linearizable prefix ends.
  std::optional<std::size_t> stops_at{};
  /// Invocations and responses in that prefix.
  std::size_t prefix_events = 0;
  /// Where others of the prefix are explained only if that call has taken effect before them: its
  /// place in `order`.
  std::optional<std::size_t> needed_at{};
  /// The states behind all such orders, or the one at `needed_at`; the call is refused in each.
  std::vector<PossibleState> states{};
  bool has_more_states = false;  ///< than are listed, or perhaps where a limit was reached
  bool longest = true;  ///< false: a limit was reached before a longer prefix could be ruled out
  std::string why{};    ///< unknown: which limit was reached
  std::string key{};  ///< the one whose calls are not linearizable, or not known, of a split check
  std::uint64_t explored = 0;  ///< configurations: of calls that have taken effect, and a state

  [[nodiscard]] bool linearizable() const { return kind == Kind::linearizable; }
};

namespace detail {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

/// When a call ran, for the search.
struct CallTimes {
  std::uint64_t invoked;
  std::uint64_t returned;  ///< kNever: no response
};

/// A sequential model, as the search sees it: states are numbers from 0, calls are indices.
class NumberedModel {
 public:
  NumberedModel() = default;
  NumberedModel(const NumberedModel&) = delete;
  NumberedModel& operator=(const NumberedModel&) = delete;
  virtual ~NumberedModel() = default;

  virtual std::uint32_t initial() = 0;
  /// The state after `call`, which has a response; none where the object cannot answer so.
  virtual std::optional<std::uint32_t> apply(std::uint32_t state, std::size_t call) = 0;
  /// The states that may come of `call`, whatever the answer.
  virtual void outcomes(std::uint32_t state, std::size_t call,
                        std::vector<std::uint32_t>& numbers) = 0;
  /// Whether two calls do the same, whatever they were answered.
  [[nodiscard]] virtual bool same_operation(std::size_t a, std::size_t b) const = 0;
  /// Why apply() refuses `call`.
  [[nodiscard]] virtual std::string refusal(std::uint32_t state, std::size_t call) const = 0;
  [[nodiscard]] virtual std::string describe_state(std::uint32_t state) const = 0;
};

/// What is left of the limits: for all searches of one check.
class CheckBudget {
 public:
  explicit CheckBudget(const CheckLimits& limits);

  /// Takes one step. False, from then on, where a limit is reached.
  bool step();
  /// Notes that one more configuration is remembered.
  void remember() { ++configurations_; }
  [[nodiscard]] std::uint64_t configurations() const { return configurations_; }
  /// Which limit was reached.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  CheckLimits limits_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t steps_ = 0;
  std::uint64_t configurations_ = 0;
  std::string why_;
};

/// Whether the calls are linearizable, by the algorithm of Wing and Gong (Testing and verifying
/// concurrent objects, 1993) with Lowe's caching of configurations (Testing for linearizability,
/// 2017); and where not, the longest prefix that is. Throws UsageError where a call has a response
/// before its invocation.
Verdict search_linearization(std::span<const CallTimes> calls, NumberedModel& model,
                             CheckBudget& budget);

}  // namespace detail
}  // namespace sim
