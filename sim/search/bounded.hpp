#pragma once

// The search that runs executions with few preemptions first. It suits programs that are too large
// to be explored completely, and finds failures that are easy to read.

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
/// two and so on, each once. The first failure that it finds therefore has the fewest preemptions.
/// The search is complete if it has no bound. Musuvathi, Qadeer, "Iterative context bounding for
/// systematic testing of multithreaded programs" (PLDI 2007).
///
/// The executions with the same number of preemptions form a level. A work unit consists of
/// executions, each with the choices at which other executions depart from it. Memory grows with
/// the number of executions on the level before the current one.
class BoundedStrategy final : public SplittableStrategy {
 public:
  /// Runs executions with at most `preemptions_max` preemptions; all executions if it is empty.
  explicit BoundedStrategy(std::optional<std::uint32_t> preemptions_max = std::nullopt);

  SearchStatus begin_execution() override;
  std::uint32_t choose(const ChoicePoint& point) override;
  void end_execution(const Trace& trace) override;

  [[nodiscard]] std::string save() const override;
  [[nodiscard]] bool resume(std::string_view part) override;
  [[nodiscard]] std::optional<std::string> split() override;
  [[nodiscard]] SearchProgress progress() const override;

  /// The current level: the number of preemptions of the executions that are being run.
  [[nodiscard]] std::uint32_t preemptions() const { return level_; }
  /// The memory of the executions from which others depart, in bytes.
  [[nodiscard]] std::size_t unit_bytes() const { return now_.bytes() + later_.bytes(); }
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
  /// An execution and its departures: the executions that make the same choices up to one of
  /// choices[at] and later, and take another alternative there. After the departure they take the
  /// usual alternatives.
  struct Departures {
    std::vector<Choice> choices;
    bool preempting = false;  ///< whether these are the departures that are preemptions, or the
                              ///< others
    std::size_t at = 0;       ///< index of the choice of the next departure
    std::uint32_t index = 0;  ///< the alternative that it takes

    [[nodiscard]] bool find_next();
    void write(ByteWriter& out) const;
    [[nodiscard]] bool read(std::string_view bytes);
  };

  std::optional<std::uint32_t> preemptions_max_;
  std::uint32_t level_ = 0;
  WorkStack now_;             ///< departures with level_ preemptions
  WorkStack later_;           ///< departures with level_ + 1 preemptions
  Departures next_;           ///< buffer that is reused for each execution
  std::vector<Choice> path_;  ///< the choices of the running execution
  std::size_t given_ = 0;     ///< number of choices in path_ that the running execution has to
                              ///< repeat
  std::size_t depth_ = 0;     ///< number of these choices that the running execution has made
  bool started_ = false;
  SearchStatus status_ = SearchStatus::running;
  bool left_out_ = false;
  double share_ = 0;  ///< SearchProgress::share
};

}  // namespace sim
