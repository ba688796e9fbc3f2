#pragma once

// The selectively uniform random walk (SURW): a sampler that draws all orders of the steps on one
// object with equal probability. docs/strategies-sampling.md compares the samplers.

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
  Measurement profile;    ///< what sim::measure() returned for the program
  bool selective = true;  ///< whether the steps of interest are those on one object; if not, all
                          ///< steps are
};

/// The selectively uniform random walk. For each execution one object is drawn uniformly from those
/// that several tasks use and some task writes; the steps on it are the steps of interest. Which
/// task makes the next step of interest is drawn with a probability in proportion to how many the
/// task has left, including those of tasks that it has yet to spawn. The other tasks wait at their
/// next steps of interest. All other steps are chosen uniformly.
///
/// If the counts are right and no step waits for another task, all orders of the steps of interest
/// are equally likely, however unequal the tasks are and whatever else they do. In a plain random
/// walk, short tasks nearly always end before long tasks have made much progress. In the evaluation
/// by its authors, SURW found more bugs than random walks, PCT and POS, in fewer runs.
///
/// If the counts are wrong or the drawn task has to wait, another task is drawn from those that can
/// run, so every interleaving stays possible. A task that waits for another one in a loop has to
/// call sim::yield(), or it may run until the step bound.
///
/// Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform concurrency testing" (ASPLOS 2025).
class SurwStrategy final : public SamplingStrategy {
 public:
  SurwStrategy(std::uint64_t seed, const SurwOptions& options);

  std::uint32_t choose(const ChoicePoint& point) override;

 private:
  /// A set of steps that may be of interest in an execution.
  struct Interest {
    std::optional<std::size_t> object;  ///< index in objects_; empty if all steps are of interest
    std::vector<std::uint32_t> steps;  ///< number of steps of interest of each task of the profile,
                                       ///< its descendants included
  };

  void prepare() override;
  void add_interest(const Measurement& profile, std::optional<std::size_t> object);
  void meet(const NameTable& names);
  void meet_child(TaskId child, const NameTable& names);
  void know(TaskId task, std::optional<std::size_t> origin);
  [[nodiscard]] bool is_of_interest(const Operation& operation) const;
  [[nodiscard]] TaskId draw_from(const TaskSet& tasks);

  std::vector<std::vector<std::size_t>> children_;  ///< the children of each task of the profile
  std::vector<Measurement::Object> objects_;
  std::vector<Interest> interests_;  ///< the sets from which one is drawn for each execution

  // State of the running execution.
  const Interest* interest_ = nullptr;
  std::optional<ObjectId> object_;  ///< the object of interest_; empty until its creator is known
  TaskSet tasks_;                   ///< all tasks made so far
  std::array<std::optional<std::size_t>, kTasksMax> origins_{};  ///< index in the profile, by
                                                                 ///< TaskId; empty if not known
  std::array<std::uint32_t, kTasksMax> left_{};                  ///< estimated remaining steps of
                                                                 ///< interest, by TaskId
  std::optional<TaskId> intended_;  ///< the task that is to make the next step of interest
  std::optional<TaskId> counted_;   ///< the task that made the last step, if that step was of
                                    ///< interest
};

}  // namespace sim
