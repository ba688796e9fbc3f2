#include <sim/process/event_log.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>
#include <sim/engine/engine.hpp>
#include <sim/process/outcome_codec.hpp>

namespace sim {
namespace {

/// The kind of a record. The log is a sequence of records, each a length and then a text that
/// consists of the number of its kind and its fields.
enum class RecordKind : std::uint8_t { task, event, result, state, outcome, waiting, note, shown };

/// Writes an optional index.
void write_index(ByteWriter& out, std::optional<std::size_t> index) {
  out.number(index ? *index + 1 : 0);
}
/// Reads an optional index, which must be below `end` if it is present.
std::optional<std::size_t> read_index(ByteReader& in, std::size_t end) {
  const auto number = static_cast<std::size_t>(in.number_up_to(end));
  return number == 0 ? std::nullopt : std::optional{number - 1};
}

/// Reads records into an EventLog.
class LogReader {
 public:
  explicit LogReader(EventLog& log) : log_(log), recording_(log.recording) {}

  /// Reads one record into the log. Returns whether `bytes` are a valid record.
  bool read(std::string_view bytes) {
    ByteReader in{bytes};
    switch (in.enumerator(RecordKind::shown)) {
      case RecordKind::task:
        return read_task(in);
      case RecordKind::event:
        return read_event(in, recording_.events);
      case RecordKind::waiting:
        return read_event(in, recording_.waiting);
      case RecordKind::result:
        return read_result(in);
      case RecordKind::state:
        return read_text(in, recording_.state.emplace_back());
      case RecordKind::outcome:
        return read_outcome(in);
      case RecordKind::note:
        return read_text(in, log_.note);
      case RecordKind::shown:
        return read_shown(in);
    }
    return false;
  }

 private:
  static bool read_text(ByteReader& in, std::string& text) {
    text = in.text();
    return in.done();
  }

  RecordedTask& task(std::size_t index) {
    auto& tasks = recording_.tasks;
    while (tasks.size() <= index) tasks.push_back({fmt::format("{}", tasks.size()), {}});
    return tasks[index];
  }

  bool read_task(ByteReader& in) {
    const auto index = static_cast<std::size_t>(in.number_up_to(kTasksMax - 1));
    const std::string_view name = in.text();
    const std::string_view description = in.text();
    if (!in.done()) return false;
    task(index) = {std::string{name}, std::string{description}};
    return true;
  }

  bool read_event(ByteReader& in, std::vector<RecordedEvent>& events) {
    RecordedEvent event;
    event.kind = in.enumerator(RecordedEvent::Kind::mark);
    event.task = static_cast<std::size_t>(in.number_up_to(kTasksMax - 1));
    const std::string_view name = in.text();
    event.label = in.text();
    event.text = in.text();
    event.index = in.number32();
    event.preemption = in.flag();
    event.woken = in.text();
    event.operation = in.enumerator(static_cast<OperationKind>(kOperationKinds - 1));
    event.object = static_cast<ObjectId>(in.number32());
    event.bits = event.index;  // the bits of a step follow in its record of kind `result`
    if (!in.done()) return false;
    task(event.task).name = name;
    const bool is_new_step = &events == &recording_.events && event.is_step();
    if (is_new_step) last_step_ = events.size();
    events.push_back(std::move(event));
    return true;
  }

  bool read_result(ByteReader& in) {
    const std::string_view value = in.text();
    const bool failed = in.flag();
    const std::uint64_t bits = in.number();
    if (!in.done() || !last_step_) return false;
    RecordedEvent& step = recording_.events[*last_step_];
    step.value = value;
    step.failed = failed;
    step.bits = bits;
    return true;
  }

  /// Reads what one step shows.
  bool read_shown(ByteReader& in) {
    const auto event = static_cast<std::size_t>(in.number());
    const std::string_view text = in.text();
    if (!in.done() || event >= recording_.events.size()) return false;
    recording_.events[event].shown = text;
    return true;
  }

  bool read_outcome(ByteReader& in) {
    Outcome outcome = sim::read_outcome(in);
    std::optional<std::size_t> failed_at = read_index(in, SIZE_MAX);
    if (!in.done()) return false;
    // The event may have been dropped because the memory was full.
    if (failed_at && *failed_at >= recording_.events.size()) failed_at.reset();
    recording_.outcome = std::move(outcome);
    recording_.failed_at = failed_at;
    log_.decided = true;
    return true;
  }

  EventLog& log_;
  Recording& recording_;
  std::optional<std::size_t> last_step_;  ///< an index of the recording's events
};

template <class Write>
std::string record(RecordKind kind, const Write& write_fields) {
  std::string bytes;
  ByteWriter out{bytes};
  out.enumerator(kind);
  write_fields(out);
  return bytes;
}

std::string event_record(RecordKind kind, const RecordedEvent& event, std::string_view task_name) {
  return record(kind, [&](ByteWriter& out) {
    out.enumerator(event.kind);
    out.number(event.task);
    out.text(task_name);
    out.text(event.label);
    out.text(event.text);
    out.number(event.index);
    out.flag(event.preemption);
    out.text(event.woken);
    out.enumerator(event.operation);
    out.enumerator(event.object);
  });
}

}  // namespace

LoggingRecorder::LoggingRecorder(std::span<char> memory) : memory_(memory) {
  const std::size_t used = 0;
  std::memcpy(memory_.data(), &used, sizeof(used));
}

void LoggingRecorder::write(std::string_view record) {
  std::string bytes;
  ByteWriter{bytes}.text(record);
  std::size_t used = 0;
  std::memcpy(&used, memory_.data(), sizeof(used));
  if (sizeof(used) + used + bytes.size() > memory_.size()) return;
  std::memcpy(memory_.data() + sizeof(used) + used, bytes.data(), bytes.size());
  // The size is updated last, so that a process that dies before leaves no partial record.
  used += bytes.size();
  std::memcpy(memory_.data(), &used, sizeof(used));
}

void LoggingRecorder::write_last_event() {
  const RecordedEvent& event = recording().events.back();
  write(event_record(RecordKind::event, event, recording().tasks[event.task].name));
}

void LoggingRecorder::write_note(std::string_view note) {
  write(record(RecordKind::note, [&](ByteWriter& out) { out.text(note); }));
}

void LoggingRecorder::on_step(const Engine& engine, const ChoicePoint& point, TaskId task) {
  Recorder::on_step(engine, point, task);
  write_last_event();
}

void LoggingRecorder::on_result(std::uint64_t value, bool failed, std::string text) {
  write(record(RecordKind::result, [&](ByteWriter& out) {
    out.text(text);
    out.flag(failed);
    out.number(value);
  }));
  Recorder::on_result(value, failed, std::move(text));
}

void LoggingRecorder::on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                                std::uint32_t index) {
  Recorder::on_choice(engine, task, point, index);
  write_last_event();
}

void LoggingRecorder::on_mark(const Engine& engine, TaskId task, std::string_view label,
                              std::string_view text) {
  Recorder::on_mark(engine, task, label, text);
  write_last_event();
}

void LoggingRecorder::on_task(const Engine& engine, TaskId task, std::string_view text) {
  Recorder::on_task(engine, task, text);
  write(record(RecordKind::task, [&](ByteWriter& out) {
    out.number(index_of(task));
    out.text(engine.task_name(task));
    out.text(text);
  }));
}

void LoggingRecorder::on_state(std::string text) {
  write(record(RecordKind::state, [&](ByteWriter& out) { out.text(text); }));
  Recorder::on_state(std::move(text));
}

void LoggingRecorder::on_texts(ObjectId object, std::span<const std::string> texts) {
  Recorder::on_texts(object, texts);
  const auto& events = recording().events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].object != object || events[i].shown.empty()) continue;
    write(record(RecordKind::shown, [&](ByteWriter& out) {
      out.number(i);
      out.text(events[i].shown);
    }));
  }
}

void LoggingRecorder::on_outcome(const Engine& engine, const Outcome& outcome) {
  Recorder::on_outcome(engine, outcome);
  write(record(RecordKind::outcome, [&](ByteWriter& out) {
    sim::write(out, outcome);
    write_index(out, recording().failed_at);
  }));
  for (const RecordedEvent& waiting : recording().waiting) {
    write(event_record(RecordKind::waiting, waiting, recording().tasks[waiting.task].name));
  }
}

EventLog read_event_log(std::span<const char> memory) {
  EventLog log;
  std::size_t used = 0;
  if (memory.size() < sizeof(used)) return log;
  std::memcpy(&used, memory.data(), sizeof(used));
  ByteReader in{{memory.data() + sizeof(used), std::min(used, memory.size() - sizeof(used))}};
  LogReader reader{log};
  while (in.has_more() && reader.read(in.text())) {
  }
  return log;
}

}  // namespace sim
