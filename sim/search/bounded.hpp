#pragma once

// The search that runs executions with few preemptions first: for programs that are too large to be
// explored completely, and for failures that are easy to read.

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

/// Iterative preemption bounding: runs all executions without a preemption, then all with one, with
/// two and so on, each once. So the first failure that it finds has the fewest preemptions. It is
/// complete if it is given no bound. Musuvathi, Qadeer, "Iterative context bounding for systematic
/// testing of multithreaded programs" (PLDI 2007).
///
/// A work unit consists of executions, each with the choices at which other executions depart from
/// it. Memory grows with the number of executions on the level before the one that is being run.
class BoundedStrategy final : public SplittableStrategy {
 public:
  /// Runs executions with at most `preemptions_max` preemptions; all if it is empty.
  explicit BoundedStrategy(std::optional<std::uint32_t> preemptions_max = std::nullopt);

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

  /// The number of preemptions of the executions that are being run.
  [[nodiscard]] std::uint32_t preemptions() const { return level_; }
  /// Whether the program has executions with more preemptions than the bound.
  [[nodiscard]] bool left_out() const { return left_out_; }

 private:
  /// A choice with more than one alternative.
  struct Choice {
    std::uint32_t index;  ///< the alternative that was taken
    std::uint32_t alternatives;
    std::uint32_t usual;  ///< ChoicePoint::default_index()
    bool preempts;        ///< whether the other alternatives are preemptions
  };
  /// An execution, and the other executions that depart from it by taking another alternative at
  /// one of its choices from choices[at] on. The usual alternatives are taken after the departure.
  struct Departures {
    std::vector<Choice> choices;
    bool preempting = false;  ///< whether departures are preemptions; the others are kept apart
    std::size_t at = 0;       ///< the choice of the next departure
    std::uint32_t index = 0;  ///< the alternative that it takes

    [[nodiscard]] bool find_next();
    void write(ByteWriter& out) const;
    [[nodiscard]] bool read(std::string_view bytes);
  };

  std::optional<std::uint32_t> preemptions_max_;
  std::uint32_t level_ = 0;
  WorkStack now_;             ///< departures to executions with level_ preemptions
  WorkStack later_;           ///< departures to executions with one preemption more
  Departures next_;           ///< buffer that is reused for each execution
  std::vector<Choice> path_;  ///< the choices of the running execution
  std::size_t given_ = 0;     ///< number of choices up to the departure, which it has to repeat
  std::size_t depth_ = 0;     ///< number of these that it has made
  bool started_ = false;
  SearchStatus status_ = SearchStatus::running;
  bool left_out_ = false;
  double share_ = 0;  ///< SearchProgress::share
};

}  // namespace sim
