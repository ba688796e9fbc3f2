#include <sim/search/saved_search.hpp>

#include <cstdint>
#include <span>
#include <utility>

#include <sim/search/sampling.hpp>
#include <sim/search/work_stack.hpp>

namespace sim {
namespace {

using Bytes = std::vector<std::uint8_t>;

void put_text(Bytes& bytes, std::string_view text) {
  put_number(bytes, text.size());
  bytes.insert(bytes.end(), text.begin(), text.end());
}

std::string_view next_text(NumberReader& in) {
  const std::span<const std::uint8_t> bytes = in.next_bytes(in.next());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void put_entries(Bytes& bytes, std::span<const TraceEntry> entries) {
  for (const TraceEntry& entry : entries) {
    put_number(bytes, index_of(entry.task));
    put_number(bytes, static_cast<std::uint64_t>(entry.kind));
    put_number(bytes, (entry.failed ? 1U : 0U) + (entry.preemption ? 2U : 0U));
    put_number(bytes, static_cast<std::uint64_t>(entry.object));
    put_number(bytes, entry.raw_value);
  }
}

std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::string to_bytes(std::span<const TraceEntry> entries) {
  Bytes bytes;
  put_entries(bytes, entries);
  return text_of(bytes);
}

bool from_bytes(std::string_view bytes, std::vector<TraceEntry>& entries) {
  NumberReader in{bytes};
  while (in.ok() && !in.at_end()) {
    const std::uint64_t task = in.next();
    const std::uint64_t kind = in.next();
    const std::uint64_t flags = in.next();
    const auto object = static_cast<ObjectId>(in.next());
    if (task >= kTasksMax || kind >= kOperationKinds) return false;
    entries.push_back({task_at(task), static_cast<OperationKind>(kind), (flags & 1U) != 0,
                       (flags & 2U) != 0, object, in.next()});
  }
  return in.ok();
}

std::string to_bytes(const Exploration& found) {
  Bytes bytes;
  for (const std::uint64_t number :
       {static_cast<std::uint64_t>(found.reason), found.executions, found.failures, found.steps,
        found.cut, found.bounded, found.lost, found.abandoned, std::uint64_t{found.max_depth},
        (found.interleaved ? std::uint64_t{1} : 0) + (found.open_invariants ? 2U : 0U)}) {
    put_number(bytes, number);
  }
  put_text(bytes, found.problem);
  for (const FailureGroup& group : found.groups) {
    put_number(bytes, group.id);
    put_number(bytes, group.executions);
    put_text(bytes, group.reproduction ? to_string(*group.reproduction) : std::string{});
    put_text(bytes, to_bytes(group.least));
  }
  return text_of(bytes);
}

bool from_bytes(std::string_view bytes, Exploration& found) {
  NumberReader in{bytes};
  Exploration read;
  const std::uint64_t reason = in.next();
  if (reason > static_cast<std::uint64_t>(StopReason::nondeterminism)) return false;
  read.executions = in.next();
  read.failures = in.next();
  read.steps = in.next();
  read.cut = in.next();
  read.bounded = in.next();
  read.lost = in.next();
  read.abandoned = in.next();
  read.max_depth = static_cast<std::uint32_t>(in.next());
  const std::uint64_t flags = in.next();
  read.interleaved = (flags & 1U) != 0;
  read.open_invariants = (flags & 2U) != 0;
  const std::string problem{next_text(in)};
  while (in.ok() && !in.at_end()) {
    FailureGroup group;
    group.id = in.next();
    group.executions = in.next();
    const std::string_view reproduction = next_text(in);
    group.reproduction = parse_reproduction(reproduction);
    if (!reproduction.empty() && !group.reproduction) return false;
    if (!from_bytes(next_text(in), group.least)) return false;
    read.groups.push_back(std::move(group));
  }
  if (!in.ok()) return false;
  found.merge(read);
  found.reason = static_cast<StopReason>(reason);
  found.problem = problem;
  return true;
}

}  // namespace sim
