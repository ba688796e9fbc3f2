#pragma once

// A connection between two processes of one machine that carries messages of any bytes and length.
// The coordinator of a search makes a connection for each worker before it forks; each of the two
// processes keeps one end. Their messages are in sim/process/work_message.hpp.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sim {

/// One end of a connection. Not thread-safe.
class MessagePipe {
 public:
  /// Makes both ends, one for each process. Throws std::system_error.
  static std::pair<MessagePipe, MessagePipe> make();

  MessagePipe() = default;
  MessagePipe(MessagePipe&& other) noexcept;
  MessagePipe& operator=(MessagePipe&& other) noexcept;
  ~MessagePipe();

  /// The file descriptor, for poll(): it is readable when receive() may return a message.
  [[nodiscard]] int fd() const { return fd_; }
  /// Closes this end. Has no effect if it is closed.
  void close();
  /// Sends a message; blocks until the system has taken all of it. Returns false if the other
  /// process has closed its end or ended.
  bool send(std::string_view message);
  /// Returns the next message; nothing if none has arrived in full, or the other end is closed.
  [[nodiscard]] std::optional<std::string> receive();
  /// Blocks until a message arrives. Returns nothing if the other end is closed.
  [[nodiscard]] std::optional<std::string> wait();

 private:
  explicit MessagePipe(int fd) : fd_(fd) {}
  bool read_some(bool wait);
  [[nodiscard]] std::optional<std::string> take();

  int fd_ = -1;
  std::string input_;  ///< bytes that were received and not returned yet
};

}  // namespace sim
