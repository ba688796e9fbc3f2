#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sim {

/// A message between two processes.
struct Message {
  char kind;
  std::string body;
};

/// One end of a connection over which two processes of one machine send messages to each other.
/// Not thread-safe.
class MessagePipe {
 public:
  /// Both ends, one for each process. Throws std::system_error.
  static std::pair<MessagePipe, MessagePipe> make();

  MessagePipe() = default;
  MessagePipe(MessagePipe&& other) noexcept;
  MessagePipe& operator=(MessagePipe&& other) noexcept;
  ~MessagePipe();

  [[nodiscard]] int fd() const { return fd_; }
  void close();
  /// Waits until the message is on its way. False where the other process is gone.
  bool send(char kind, std::string_view body = {});
  /// The next message; empty where there is none yet, or no other process.
  [[nodiscard]] std::optional<Message> receive();
  /// Waits for the next message; empty where the other process is gone.
  [[nodiscard]] std::optional<Message> wait();

 private:
  explicit MessagePipe(int fd) : fd_(fd) {}
  bool read_some(bool wait);
  [[nodiscard]] std::optional<Message> take();

  int fd_ = -1;
  std::string input_;  ///< received, and not yet a whole message
};

}  // namespace sim
