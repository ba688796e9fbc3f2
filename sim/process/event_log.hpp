#pragma once

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
  /// `memory` begins with the number of bytes in use, a size_t. What does not fit is left out.
  explicit LoggingRecorder(std::span<char> memory);

  void write_note(std::string_view note);

  void on_step(const Engine& engine, const ChoicePoint& point, TaskId task) override;
  void on_result(std::uint64_t value, bool failed, std::string text) override;
  void on_choice(const Engine& engine, TaskId task, const ChoicePoint& point,
                 std::uint32_t index) override;
  void on_mark(const Engine& engine, TaskId task, std::string_view label,
               std::string_view text) override;
  void on_task(const Engine& engine, TaskId task, std::string_view text) override;
  void on_state(std::string text) override;
  void on_outcome(const Engine& engine, const Outcome& outcome) override;

 private:
  void write_last_event();
  void write_event(char tag, const RecordedEvent& event);
  void write(std::string_view record);

  std::span<char> memory_;
};

/// What a LoggingRecorder left in `memory`.
struct EventLog {
  Recording recording;
  bool decided = false;  ///< the outcome is the execution's own
  std::string note;
};
EventLog read_event_log(std::span<const char> memory);

}  // namespace sim
