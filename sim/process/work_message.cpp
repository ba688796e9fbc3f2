#include <sim/process/work_message.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

#include <sim/base/bytes.hpp>

namespace sim {
namespace {

// write_fields() and read_fields() encode and decode the fields of each message. A message without
// fields needs no overload of its own.

template <class Message>
void write_fields(ByteWriter&, const Message&) {
  static_assert(std::is_empty_v<Message>);
}
template <class Message>
void read_fields(ByteReader&, Message&) {
  static_assert(std::is_empty_v<Message>);
}

void write_fields(ByteWriter& out, const std::optional<WorkUnit>& unit) {
  out.flag(unit.has_value());
  if (unit) out.text(*unit);
}
void read_fields(ByteReader& in, std::optional<WorkUnit>& unit) {
  if (in.flag()) unit = in.text();
}

void write_fields(ByteWriter& out, const FatalExecution& execution) {
  const FatalPoint& point = execution.point;
  out.number(execution.number);
  out.enumerator(execution.when);
  out.number(point.steps);
  out.number(index_of(point.task));
  out.number(point.joins);
  out.number(point.fails);
  out.flag(point.only_steps);
  out.enumerator(point.kind);
  out.number(point.group);
}
void read_fields(ByteReader& in, FatalExecution& execution) {
  FatalPoint& point = execution.point;
  execution.number = in.number();
  execution.when = in.enumerator(FatalExecution::When::repeated);
  point.steps = in.number();
  point.task = task_at(in.number_up_to(kTasksMax - 1));
  point.joins = in.number32();
  point.fails = in.number32();
  point.only_steps = in.flag();
  point.kind = in.enumerator(OutcomeKind::use_after_destruction);
  point.group = in.number();
}

void write_fields(ByteWriter& out, const UnitAssignment& message) {
  out.text(message.unit);
  out.number(message.fatal.size());
  for (const FatalExecution& execution : message.fatal) write_fields(out, execution);
}
void read_fields(ByteReader& in, UnitAssignment& message) {
  message.unit = in.text();
  message.fatal.resize(in.count());
  for (FatalExecution& execution : message.fatal) read_fields(in, execution);
}

void write_fields(ByteWriter& out, const WorkerState& state) {
  out.text(to_bytes(state.found));
  write_fields(out, state.left);
}
void read_fields(ByteReader& in, WorkerState& state) {
  if (!from_bytes(in.text(), state.found)) in.fail();
  read_fields(in, state.left);
}

void write_fields(ByteWriter& out, const std::optional<WorkerState>& state) {
  out.flag(state.has_value());
  if (state) write_fields(out, *state);
}
void read_fields(ByteReader& in, std::optional<WorkerState>& state) {
  if (in.flag()) read_fields(in, state.emplace());
}

void write_fields(ByteWriter& out, const WorkRequest& message) {
  out.text(to_bytes(message.found));
}
void read_fields(ByteReader& in, WorkRequest& message) {
  if (!from_bytes(in.text(), message.found)) in.fail();
}

void write_fields(ByteWriter& out, const SplitReply& message) {
  write_fields(out, message.unit);
  write_fields(out, message.state);
}
void read_fields(ByteReader& in, SplitReply& message) {
  read_fields(in, message.unit);
  read_fields(in, message.state);
}

void write_fields(ByteWriter& out, const NewFailure& message) {
  write(out, message.group);
}
void read_fields(ByteReader& in, NewFailure& message) {
  read(in, message.group);
}

void write_fields(ByteWriter& out, const StateReport& message) {
  write_fields(out, message.state);
}
void read_fields(ByteReader& in, StateReport& message) {
  read_fields(in, message.state);
}

void write_fields(ByteWriter& out, const FinalReport& message) {
  write_fields(out, message.state);
  out.text(message.note);
}
void read_fields(ByteReader& in, FinalReport& message) {
  read_fields(in, message.state);
  message.note = in.text();
}

/// Writes the index of the alternative that `message` holds, and then its fields.
template <class Variant>
std::string encode_variant(const Variant& message) {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(message.index());
  std::visit([&out](const auto& alternative) { write_fields(out, alternative); }, message);
  return bytes;
}

/// Reads the fields of alternative number `index`, which is at least `kFirst`.
template <class Variant, std::size_t kFirst = 0>
void read_alternative(ByteReader& in, std::size_t index, Variant& message) {
  if constexpr (kFirst < std::variant_size_v<Variant>) {
    if (index == kFirst) {
      read_fields(in, message.template emplace<kFirst>());
    } else {
      read_alternative<Variant, kFirst + 1>(in, index, message);
    }
  }
}

template <class Variant>
std::optional<Variant> decode_variant(std::string_view bytes) {
  ByteReader in{bytes};
  Variant message;
  const std::uint64_t index = in.number_up_to(std::variant_size_v<Variant> - 1);
  read_alternative(in, static_cast<std::size_t>(index), message);
  return in.done() ? std::optional{std::move(message)} : std::nullopt;
}

}  // namespace

std::string encode(const CoordinatorMessage& message) {
  return encode_variant(message);
}

std::string encode(const WorkerMessage& message) {
  return encode_variant(message);
}

std::optional<CoordinatorMessage> decode_coordinator_message(std::string_view bytes) {
  return decode_variant<CoordinatorMessage>(bytes);
}

std::optional<WorkerMessage> decode_worker_message(std::string_view bytes) {
  return decode_variant<WorkerMessage>(bytes);
}

}  // namespace sim
