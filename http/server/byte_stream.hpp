#pragma once
// The bytes of one connection, buffered and limited in size and time, so that no client can hold a
// thread for long or fill the memory. server/protocol.hpp reads requests from it.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace http {

/// A buffered, limited view of a socket. Belongs to one thread at a time.
class ByteStream {
 public:
  /// `fd` must be non-blocking and outlive the stream.
  explicit ByteStream(int fd) : fd_(fd) {}

  /// Starts the limits of the next request: it must be read within `time` and `bytes_max`.
  void begin_request(std::chrono::milliseconds time, std::size_t bytes_max);
  /// Reads like read(2): returns 0 at the end of the stream and -1 on an error or when the time or
  /// the bytes of the request are used up.
  ssize_t read(char* to, std::size_t size);
  /// Writes all bytes. Returns -1 on an error or if nothing could be written for `time`.
  ssize_t write(const char* from, std::size_t size, std::chrono::milliseconds time) const;

  /// Whether the client can still send. Responses without an end treat a client that has closed
  /// its sending side as gone. False, too, after the server has shut down its own reading side.
  [[nodiscard]] bool has_peer() const;
  /// Writes all bytes while has_peer() holds. Returns false if the client has gone or nothing could
  /// be written for `time`.
  [[nodiscard]] bool write_to_peer(const char* from, std::size_t size,
                                   std::chrono::milliseconds time) const;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool has_read_ahead() const { return next_ < buffer_.size(); }
  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool too_large() const { return too_large_; }

  /// Closes the sending side and discards what the client still sends, for at most `time`. A client
  /// that is still sending can then read the response instead of getting a connection reset.
  void linger(std::chrono::milliseconds time);

 private:
  bool fill();
  template <class CanWrite>
  bool write_while(const char* from, std::size_t size, std::chrono::milliseconds time, short events,
                   const CanWrite& can_write) const;

  int fd_;
  std::string buffer_;
  std::size_t next_ = 0;
  std::size_t bytes_left_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool too_large_ = false;
};

}  // namespace http
