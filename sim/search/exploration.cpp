#include <sim/search/exploration.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sim {
namespace {

// The first parts of a PortfolioStrategy, as PortfolioPart numbers them.
constexpr std::size_t kTraces = 0;
constexpr std::size_t kInterleavings = 1;

}  // namespace

void Exploration::merge(const Exploration& other) {
  executions += other.executions;
  failures += other.failures;
  steps += other.steps;
  truncated += other.truncated;
  bounded += other.bounded;
  lost += other.lost;
  abandoned += other.abandoned;
  max_depth = std::max(max_depth, other.max_depth);
  interleaved |= other.interleaved;
  open_invariants |= other.open_invariants;
  weak_orders |= other.weak_orders;
  spins_seen |= other.spins_seen;
  if (unsupported.empty()) unsupported = other.unsupported;
  if (parts.size() < other.parts.size()) parts.resize(other.parts.size());
  for (std::size_t i = 0; i < other.parts.size(); ++i) parts[i].merge(other.parts[i]);
  for (const FailureGroup& group : other.groups) {
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const FailureGroup& g) { return g.id == group.id; });
    if (known == groups.end()) {
      groups.push_back(group);
      continue;
    }
    known->executions += group.executions;
    if (precedes(group.simplest_trace, known->simplest_trace)) {
      known->simplest_trace = group.simplest_trace;
      known->reproduction = group.reproduction;
      known->part = group.part;
      known->recording = group.recording;
    }
  }
}

void Exploration::sort_groups() {
  std::sort(groups.begin(), groups.end(), [](const FailureGroup& a, const FailureGroup& b) {
    if (precedes(a.simplest_trace, b.simplest_trace)) return true;
    return !precedes(b.simplest_trace, a.simplest_trace) && a.id < b.id;
  });
}

const Exploration* Exploration::complete_part() const {
  if (parts.empty()) return nullptr;
  const bool by_traces = parts.size() <= kInterleavings || parts[kInterleavings].executions == 0;
  return &parts[by_traces ? kTraces : kInterleavings];
}

bool Exploration::counts_traces() const {
  return !parts.empty() && parts[kTraces].complete;
}

void Exploration::settle() {
  if (parts.empty() || reason != StopReason::exhausted || lost > 0) return;
  Exploration& whole = parts[static_cast<std::size_t>(complete_part() - parts.data())];
  whole.complete = true;
  executions = whole.executions;
  failures = whole.failures;
  steps = whole.steps;
  truncated = whole.truncated;
  bounded = whole.bounded;
  max_depth = whole.max_depth;
  std::vector<FailureGroup> all = std::move(groups);
  groups = whole.groups;
  for (FailureGroup& group : all) {
    const auto known = std::find_if(groups.begin(), groups.end(),
                                    [&](const FailureGroup& g) { return g.id == group.id; });
    if (known == groups.end()) {
      failures += group.executions;
      groups.push_back(std::move(group));
    } else if (known->simplest_trace == group.simplest_trace) {
      known->recording = std::move(group.recording);
    }
  }
}

const FailureGroup* find_group(std::span<const FailureGroup> groups, std::uint64_t id) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [id](const FailureGroup& group) { return group.id == id; });
  return found == groups.end() ? nullptr : &*found;
}

bool precedes(std::span<const TraceEntry> a, std::span<const TraceEntry> b) {
  const std::size_t preemptions_a = Trace{a}.preemptions();
  const std::size_t preemptions_b = Trace{b}.preemptions();
  if (preemptions_a != preemptions_b) return preemptions_a < preemptions_b;
  for (std::size_t i = 0, j = 0;; ++i, ++j) {
    while (i < a.size() && a[i].is_order()) ++i;
    while (j < b.size() && b[j].is_order()) ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j != b.size();
    if (a[i].task != b[j].task) return a[i].task < b[j].task;
    const bool choices = !a[i].is_step() && !b[j].is_step();
    if (choices && a[i].chosen_index() != b[j].chosen_index()) {
      return a[i].chosen_index() < b[j].chosen_index();
    }
  }
}

}  // namespace sim
