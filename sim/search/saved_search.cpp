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
    const auto kind = in.enumerator(static_cast<OperationKind>(kOperationKinds - 1));
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
  out.number(group.part);
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
  group.part = in.number32();
  if (!from_bytes(in.text(), group.simplest_trace)) in.fail();
}

namespace {

/// A limit of Exploration::parts in an encoding.
constexpr std::uint64_t kPartsMax = 64;

void write(ByteWriter& out, const Exploration& found) {
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
             (found.weak_orders ? 4U : 0U) + (found.spins_seen ? 8U : 0U));
  out.text(found.problem);
  out.text(found.unsupported);
  out.number(found.groups.size());
  for (const FailureGroup& group : found.groups) write(out, group);
}

void read(ByteReader& in, Exploration& found) {
  found.reason = in.enumerator(StopReason::nondeterminism);
  found.executions = in.number();
  found.failures = in.number();
  found.steps = in.number();
  found.truncated = in.number();
  found.bounded = in.number();
  found.lost = in.number();
  found.abandoned = in.number();
  found.max_depth = in.number32();
  const std::uint64_t flags = in.number_up_to(15);
  found.interleaved = (flags & 1U) != 0;
  found.open_invariants = (flags & 2U) != 0;
  found.weak_orders = (flags & 4U) != 0;
  found.spins_seen = (flags & 8U) != 0;
  found.problem = in.text();
  found.unsupported = in.text();
  const std::size_t groups = in.count();
  for (std::size_t i = 0; i < groups && in.ok(); ++i) {
    sim::read(in, found.groups.emplace_back());
  }
}

}  // namespace

std::string to_bytes(const Exploration& found) {
  std::string bytes;
  ByteWriter out{bytes};
  write(out, found);
  out.number(found.parts.size());
  for (const Exploration& part : found.parts) write(out, part);
  return bytes;
}

bool from_bytes(std::string_view bytes, Exploration& found) {
  ByteReader in{bytes};
  Exploration all;
  read(in, all);
  all.parts.resize(in.number_up_to(kPartsMax));
  for (Exploration& part : all.parts) read(in, part);
  if (!in.done()) return false;
  found.merge(all);
  found.reason = all.reason;
  found.problem = all.problem;
  return true;
}

}  // namespace sim
