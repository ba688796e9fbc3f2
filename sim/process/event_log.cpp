#include <sim/process/event_log.hpp>

#include <charconv>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <sim/engine/engine.hpp>
#include <sim/process/outcome_codec.hpp>

namespace sim {
namespace {

// A record is a tag and fields, each written as its length, a colon and its bytes.
enum Tag : char {
  kTask = 'T',
  kEvent = 'E',
  kResult = 'R',
  kState = 'S',
  kOutcome = 'O',
  kWaiting = 'W',
  kNote = 'N'
};

std::string encode(Tag tag, std::initializer_list<std::string_view> fields) {
  std::string record(1, tag);
  record += static_cast<char>('0' + fields.size());
  for (const std::string_view field : fields) record += fmt::format("{}:{}", field.size(), field);
  return record;
}

std::string number(std::size_t value) {
  return fmt::format("{}", value);
}

std::size_t to_number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  /// The next whole record; none where the writer died in the middle of one.
  bool next() {
    if (text_.size() < 2) return false;
    tag = text_[0];
    const auto count = static_cast<std::size_t>(text_[1] - '0');
    text_.remove_prefix(2);
    fields.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const auto colon = text_.find(':');
      if (colon == std::string_view::npos) return false;
      const std::size_t length = to_number(text_.substr(0, colon));
      text_.remove_prefix(colon + 1);
      if (length > text_.size()) return false;
      fields.push_back(text_.substr(0, length));
      text_.remove_prefix(length);
    }
    return true;
  }

  char tag = 0;
  std::vector<std::string_view> fields;

 private:
  std::string_view text_;
};

}  // namespace

LoggingRecorder::LoggingRecorder(std::span<char> memory) : memory_(memory) {
  const std::size_t used = 0;
  std::memcpy(memory_.data(), &used, sizeof(used));
}

void LoggingRecorder::write(std::string_view record) {
  std::size_t used = 0;
  std::memcpy(&used, memory_.data(), sizeof(used));
  if (sizeof(used) + used + record.size() > memory_.size()) return;
  std::memcpy(memory_.data() + sizeof(used) + used, record.data(), record.size());
  used += record.size();
  std::memcpy(memory_.data(), &used, sizeof(used));
}

void LoggingRecorder::write_event(char tag, const RecordedEvent& e) {
  const RecordedTask& task = recording().tasks[e.task];
  write(encode(
      static_cast<Tag>(tag),
      {number(static_cast<std::size_t>(e.kind)), number(e.task), task.name, e.label, e.text,
       number(e.index), e.preemption ? "1" : "0", e.woken,
       number(static_cast<std::size_t>(e.operation)), number(static_cast<std::size_t>(e.object))}));
}

void LoggingRecorder::write_last_event() {
  write_event(kEvent, recording().events.back());
}

void LoggingRecorder::write_note(std::string_view note) {
  write(encode(kNote, {note}));
}

void LoggingRecorder::on_step(const Engine& engine, const ChoicePoint& point, TaskId task) {
  Recorder::on_step(engine, point, task);
  write_last_event();
}

void LoggingRecorder::on_result(std::uint64_t value, bool failed, std::string text) {
  write(encode(kResult, {text, failed ? "1" : "0", number(value)}));
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
  write(encode(kTask, {number(index_of(task)), engine.task_name(task), text}));
}

void LoggingRecorder::on_state(std::string text) {
  write(encode(kState, {text}));
  Recorder::on_state(std::move(text));
}

void LoggingRecorder::on_outcome(const Engine& engine, const Outcome& outcome) {
  Recorder::on_outcome(engine, outcome);
  std::string bytes;
  ByteWriter writer{bytes};
  sim::write(writer, outcome);
  write(encode(kOutcome,
               {bytes, recording().failed_at ? number(*recording().failed_at) : std::string{}}));
  for (const RecordedEvent& waiting : recording().waiting) write_event(kWaiting, waiting);
}

EventLog read_event_log(std::span<const char> memory) {
  EventLog log;
  std::size_t used = 0;
  std::memcpy(&used, memory.data(), sizeof(used));
  Reader reader{{memory.data() + sizeof(used), used}};
  auto& tasks = log.recording.tasks;
  const auto task_named = [&](std::string_view index, std::string_view name) {
    const std::size_t task = to_number(index);
    while (tasks.size() <= task) tasks.push_back({number(tasks.size()), {}});
    tasks[task].name = name;
    return task;
  };
  std::size_t last_step = 0;
  while (reader.next()) {
    const auto& f = reader.fields;
    switch (reader.tag) {
      case kTask:
        tasks[task_named(f.at(0), f.at(1))].description = f.at(2);
        break;
      case kEvent:
      case kWaiting: {
        RecordedEvent event;
        event.kind = static_cast<RecordedEvent::Kind>(to_number(f.at(0)));
        event.task = task_named(f.at(1), f.at(2));
        event.label = f.at(3);
        event.text = f.at(4);
        event.index = static_cast<std::uint32_t>(to_number(f.at(5)));
        event.preemption = f.at(6) == "1";
        event.woken = f.at(7);
        event.operation = static_cast<OperationKind>(to_number(f.at(8)));
        event.object = static_cast<ObjectId>(to_number(f.at(9)));
        event.bits = event.index;  // of a step it follows with the result
        if (reader.tag == kWaiting) {
          log.recording.waiting.push_back(std::move(event));
          break;
        }
        if (event.kind == RecordedEvent::Kind::step) last_step = log.recording.events.size();
        log.recording.events.push_back(std::move(event));
        break;
      }
      case kResult:
        log.recording.events.at(last_step).value = f.at(0);
        log.recording.events.at(last_step).failed = f.at(1) == "1";
        log.recording.events.at(last_step).bits = to_number(f.at(2));
        break;
      case kOutcome: {
        ByteReader bytes{f.at(0)};
        log.recording.outcome = read_outcome(bytes);
        log.decided = bytes.done();
        if (!f.at(1).empty()) log.recording.failed_at = to_number(f.at(1));
        break;
      }
      case kState:
        log.recording.state.emplace_back(f.at(0));
        break;
      default:
        log.note = f.at(0);
    }
  }
  return log;
}

}  // namespace sim
