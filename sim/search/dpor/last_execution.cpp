#include <sim/search/dpor/last_execution.hpp>

#include <algorithm>

namespace sim {

std::size_t LastExecution::reuse_common_prefix(const Trace& trace, const Branch& branch) {
  const auto entries = trace.entries();
  const auto& jointly_observed = trace.context().jointly_observed;
  comparisons_ = trace.context().comparisons;
  admissions_ = trace.context().admissions;
  if (!std::equal(jointly_observed.begin(), jointly_observed.end(), jointly_observed_.begin(),
                  jointly_observed_.end())) {
    truncate(0);
    jointly_observed_.assign(jointly_observed.begin(), jointly_observed.end());
    order_.observe_jointly(jointly_observed);
  }
  std::size_t same = 0;
  for (; same < std::min(entries.size(), order_.size()); ++same) {
    if (entries[same] != order_[same].entry) break;
    if (entries[same].is_step() && order_[same].step + 1 >= branch.steps.size()) break;
  }
  truncate(same);
  std::size_t tasks = tasks_;
  for (std::size_t i = same; i < entries.size(); ++i) {
    if (entries[i].is_spawn()) tasks = std::max(tasks, index_of(entries[i].other_task()) + 1);
  }
  if (tasks > order_.tasks_max()) {
    truncate(same = 0);
    order_.reserve_tasks(tasks);
    no_clock_.assign(order_.tasks_max(), 0);
  }
  in_wakeup_sequence_.assign(entries.size(), false);
  for (const WakeupSequence& sequence : branch.wakeup_sequences) {
    std::fill(in_wakeup_sequence_.begin() + sequence.begin,
              in_wakeup_sequence_.begin() + sequence.end + 1, true);
  }
  return same;
}

void LastExecution::add(const TraceEntry& entry) {
  if (entry.is_step()) {
    steps_.push_back(entry.task);
  } else if (entry.is_choice()) {
    choices_.push_back(static_cast<std::uint32_t>(order_.size()));
  } else if (entry.is_spawn() && order_.last_of(entry.other_task()) < 0) {
    const std::size_t child = index_of(entry.other_task());
    parent_[child] = entry.task;
    ordinal_[child] = ++children_[index_of(entry.task)];
    nested_ += entry.task != kMainTask ? 1 : 0;
    ++tasks_;
  }
  order_.add(entry);
}

void LastExecution::truncate(std::size_t entries) {
  for (std::size_t i = order_.size(); i-- > entries;) {
    const TraceEntry& entry = order_[i].entry;
    if (entry.is_step()) {
      steps_.pop_back();
    } else if (entry.is_choice()) {
      choices_.pop_back();
    } else if (entry.is_spawn() && !order_.takes_place(i)) {
      --children_[index_of(entry.task)];
      nested_ -= entry.task != kMainTask ? 1 : 0;
      --tasks_;
    }
  }
  order_.truncate(entries);
}

std::optional<std::uint32_t> LastExecution::last_enabling(const TraceEntry& step,
                                                          std::uint32_t entry) const {
  if (row_of(step.kind).requires_state != Requirement::value_of_predicate) {
    const std::int32_t found = order_.last_enabling(step, entry);
    return found < 0 ? std::nullopt : std::optional{static_cast<std::uint32_t>(found)};
  }
  const auto found =
      std::lower_bound(admissions_.begin(), admissions_.end(), entry,
                       [](const Admission& a, std::size_t at) { return a.entry < at; });
  return found->before ? std::optional{static_cast<std::uint32_t>(*found->before)} : std::nullopt;
}

const Comparison& LastExecution::comparison(std::size_t entry) const {
  return *std::lower_bound(comparisons_.begin(), comparisons_.end(), entry,
                           [](const Comparison& c, std::size_t at) { return c.entry < at; });
}

bool LastExecution::precedes(TaskId a, TaskId b) const {
  if (nested_ == 0) return a < b;
  const auto path = [this](TaskId task) {
    std::vector<std::uint32_t> ordinals;
    for (; task != kMainTask; task = parent_[index_of(task)]) {
      ordinals.insert(ordinals.begin(), ordinal_[index_of(task)]);
    }
    return ordinals;
  };
  return path(a) < path(b);
}

void LastExecution::add_origins(Branch& branch) const {
  if (nested_ == 0) return;
  for (std::uint32_t task = 0; task < tasks_; ++task) {
    branch.origins.push_back({parent_[task], ordinal_[task]});
  }
}

}  // namespace sim
