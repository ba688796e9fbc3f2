#pragma once

// The recording of an execution that survives the process it runs in. The child uses a
// LoggingRecorder on memory that it shares with its parent; after the child has ended or crashed,
// the parent calls read_event_log() on this memory. run_isolated() does both.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sim/schedule/recording.hpp>

namespace sim {

/// A recorder that also writes each event, as it happens, into memory that another process can
/// read after this one has crashed.
class LoggingRecorder final : public Recorder {
 public:
  /// `memory` must outlive the recorder and hold at least a size_t. It begins with the number of
  /// bytes in use, a size_t; records that do not fit after it are dropped.
  explicit LoggingRecorder(std::span<char> memory);

  /// Writes a note, which replaces the previous one: see EventLog::note.
  void write_note(std::string_view note);

  void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) override;
  void on_result(std::uint64_t value, bool failed, std::string text) override;
  void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                 std::uint32_t index) override;
  void on_mark(const Engine& engine, TaskId task, std::string_view label,
               std::string_view text) override;
  void on_task(const Engine& engine, TaskId task, std::string_view text) override;
  void on_state(std::string text) override;
  void on_texts(ObjectId object, std::span<const std::string> texts) override;
  void on_outcome(const Engine& engine, const Outcome& outcome) override;

 private:
  void write_last_event();
  void write(std::string_view record);

  std::span<char> memory_;
};

/// What a LoggingRecorder has written into its memory.
struct EventLog {
  Recording recording;
  bool decided = false;  ///< whether the execution ended with an outcome; the recording has it
  std::string note;      ///< the last note that was written
};

/// Reads the memory of a LoggingRecorder. Any content of `memory` gives a log: reading stops at the
/// first record that is damaged.
EventLog read_event_log(std::span<const char> memory);

}  // namespace sim
