#include <sim/search/saved_search.hpp>

#include <cstdint>

#include <sim/base/bytes.hpp>

namespace sim {

std::string to_bytes(std::span<const TraceEntry> entries) {
  std::string bytes;
  ByteWriter out{bytes};
  for (const TraceEntry& entry : entries) {
    out.number(index_of(entry.task));
    out.enumerator(entry.kind);
    out.number((entry.failed ? 1U : 0U) + (entry.preemption ? 2U : 0U));
    out.enumerator(entry.object);
    out.number(entry.raw_value);
  }
  return bytes;
}

bool from_bytes(std::string_view bytes, std::vector<TraceEntry>& entries) {
  ByteReader in{bytes};
  while (in.has_more()) {
    const TaskId task = task_at(in.number_up_to(kTasksMax - 1));
    const auto kind = in.enumerator(OperationKind::destroy);
    const std::uint64_t flags = in.number_up_to(3);
    const auto object = static_cast<ObjectId>(in.number32());
    const std::uint64_t value = in.number();
    entries.push_back({task, kind, (flags & 1U) != 0, (flags & 2U) != 0, object, value});
  }
  return in.ok();
}

void write(ByteWriter& out, const FailureGroup& group) {
  out.number(group.id);
  out.number(group.executions);
  out.flag(group.reproduction.has_value());
  if (const auto& reproduction = group.reproduction) {
    out.number(reproduction->seed);
    out.number(reproduction->execution);
  }
  out.text(to_bytes(group.simplest_trace));
}

void read(ByteReader& in, FailureGroup& group) {
  group.id = in.number();
  group.executions = in.number();
  if (in.flag()) {
    Reproduction& reproduction = group.reproduction.emplace();
    reproduction.seed = in.number();
    reproduction.execution = in.number();
  }
  if (!from_bytes(in.text(), group.simplest_trace)) in.fail();
}

std::string to_bytes(const Exploration& found) {
  std::string bytes;
  ByteWriter out{bytes};
  out.enumerator(found.reason);
  out.number(found.executions);
  out.number(found.failures);
  out.number(found.steps);
  out.number(found.truncated);
  out.number(found.bounded);
  out.number(found.lost);
  out.number(found.abandoned);
  out.number(found.max_depth);
  out.number((found.interleaved ? 1U : 0U) + (found.open_invariants ? 2U : 0U) +
             (found.weak_orders ? 4U : 0U));
  out.text(found.problem);
  for (const FailureGroup& group : found.groups) write(out, group);
  return bytes;
}

bool from_bytes(std::string_view bytes, Exploration& found) {
  ByteReader in{bytes};
  Exploration read;
  const auto reason = in.enumerator(StopReason::nondeterminism);
  read.executions = in.number();
  read.failures = in.number();
  read.steps = in.number();
  read.truncated = in.number();
  read.bounded = in.number();
  read.lost = in.number();
  read.abandoned = in.number();
  read.max_depth = in.number32();
  const std::uint64_t flags = in.number_up_to(7);
  read.interleaved = (flags & 1U) != 0;
  read.open_invariants = (flags & 2U) != 0;
  read.weak_orders = (flags & 4U) != 0;
  const std::string problem{in.text()};
  while (in.has_more()) sim::read(in, read.groups.emplace_back());
  if (!in.ok()) return false;
  found.merge(read);
  found.reason = reason;
  found.problem = problem;
  return true;
}

}  // namespace sim
