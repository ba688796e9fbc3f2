#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/task_set.hpp>
#include <sim/search/measure.hpp>
#include <sim/search/sampling.hpp>

namespace sim {

struct SurwOptions {
  Measurement profile;    ///< of the program: sim::measure()
  bool selective = true;  ///< the steps of interest are those on one object; false: all steps
};

/// The selectively uniform random walk. In each execution the steps on one object are of interest,
/// drawn evenly from the objects that several tasks use and some task writes. Which task makes the
/// next step of interest is drawn in proportion to how many it has left, those of tasks that it has
/// yet to make included; the others wait where they come to one. All other steps are a plain walk.
///
/// What it gains over a plain walk: where the counts are right and no step waits for another task,
/// each order of the steps of interest is equally likely, however unequal the tasks are and however
/// much else they do; a plain walk nearly always lets short tasks end before long ones get
/// anywhere. In the evaluation of its authors it found more bugs than walks, PCT and POS, in fewer
/// runs.
///
/// Where the counts are wrong or the drawn task has to wait, another one is drawn from those that
/// can run, so every interleaving stays possible. A task that waits for another in a loop has to
/// call sim::yield(), else it may run for ever.
///
/// Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform concurrency testing" (ASPLOS 2025).
class SurwStrategy final : public SamplingStrategy {
 public:
  SurwStrategy(std::uint64_t seed, const SurwOptions& options);

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  /// What an execution may have its eye on.
  struct Interest {
    std::optional<std::size_t> object;  ///< of the profile; empty: every step
    std::vector<std::uint32_t> steps;   ///< by task of the profile, with its descendants' steps
  };

  void prepare() override;
  void add_interest(const Measurement& profile, std::optional<std::size_t> object);
  void meet(const NameTable& names);
  void meet_child(TaskId child, const NameTable& names);
  void know(TaskId task, std::optional<std::size_t> origin);
  [[nodiscard]] bool is_of_interest(const Operation& operation) const;
  [[nodiscard]] TaskId draw_from(const TaskSet& tasks);

  std::vector<std::vector<std::size_t>> children_;  ///< by task of the profile
  std::vector<Measurement::Object> objects_;
  std::vector<Interest> interests_;  ///< one of them is drawn for each execution

  // The execution that is running.
  const Interest* interest_ = nullptr;
  std::optional<ObjectId> object_;  ///< what the interest's object is in it; empty: not made yet
  TaskSet tasks_;                   ///< all that were made
  std::array<std::optional<std::size_t>, kTasksMax> origins_{};  ///< in the profile, where known
  std::array<std::uint32_t, kTasksMax> left_{};  ///< steps of interest, as far as one can tell
  std::optional<TaskId> intended_;               ///< makes the next step of interest
  std::optional<TaskId> counted_;                ///< made the last step, and it was of interest
};

}  // namespace sim
