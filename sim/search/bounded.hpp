#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sim/base/bytes.hpp>
#include <sim/search/splittable.hpp>
#include <sim/search/work_stack.hpp>

namespace sim {

/// Iterative preemption bounding: all executions without a preemption, then all with one, with two
/// and so on, each once; so the first failure is one of the simplest. Complete where there is no
/// bound. Musuvathi, Qadeer, "Iterative context bounding for systematic testing of multithreaded
/// programs" (PLDI 2007).
///
/// What is left to explore are executions together with the points where another one departs from
/// them; memory grows with the number of executions that have one preemption less than the next.
class BoundedStrategy final : public SplittableStrategy {
 public:
  /// Leaves out executions with more preemptions than `preemptions_max`.
  explicit BoundedStrategy(std::optional<std::uint32_t> preemptions_max = std::nullopt);

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

  /// How many preemptions the executions have that are run now.
  [[nodiscard]] std::uint32_t preemptions() const { return level_; }
  /// Whether the bound kept it from executions.
  [[nodiscard]] bool left_out() const { return left_out_; }

 private:
  /// A choice with more than one alternative.
  struct Choice {
    std::uint32_t index;         ///< that was taken
    std::uint32_t alternatives;  ///< that there were
    std::uint32_t usual;         ///< the one that is taken where nothing else is asked for
    bool preempts;               ///< whether the others are preemptions
  };
  /// An execution, and where others depart from it: at one of its choices from `first` on, of those
  /// that preempt, or of those that do not. `at` and `index` are the next such departure.
  struct Departures {
    std::vector<Choice> choices;
    bool preempting = false;
    std::size_t at = 0;
    std::uint32_t index = 0;

    [[nodiscard]] bool find_next();
    void write(ByteWriter& out) const;
    [[nodiscard]] bool read(std::string_view bytes);
  };

  std::optional<std::uint32_t> preemptions_max_;
  std::uint32_t level_ = 0;
  WorkStack now_;             ///< departures to executions with level_ preemptions
  WorkStack later_;           ///< with one more
  Departures next_;           ///< used again and again
  std::vector<Choice> path_;  ///< the choices of the running execution
  std::size_t given_ = 0;     ///< how many of them are given
  std::size_t depth_ = 0;     ///< how many of these it has made
  bool started_ = false;
  SearchStatus status_ = SearchStatus::running;
  bool left_out_ = false;
  double share_ = 0;
};

}  // namespace sim
