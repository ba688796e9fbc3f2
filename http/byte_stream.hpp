#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace http {

/// The bytes of one connection, read ahead and within limits, so that no client can hold a thread
/// for long or fill the memory. Belongs to one thread at a time.
class ByteStream {
 public:
  /// `fd` is not blocking, and outlives the stream.
  explicit ByteStream(int fd) : fd_(fd) {}

  /// From now on: so much time and so many bytes, for one request.
  void begin_request(std::chrono::milliseconds time, std::size_t bytes_max);
  /// As read(2): 0 at the end, -1 on an error; also once the time or the bytes are spent.
  ssize_t read(char* to, std::size_t size);
  /// As write(2), but all of it; gives up where nothing gets through for the time given.
  ssize_t write(const char* from, std::size_t size, std::chrono::milliseconds time) const;

  /// Whether the other end can still send. Where it cannot, it is taken for gone by answers that
  /// have no end; the server's own end of reading counts as one, too.
  [[nodiscard]] bool has_peer() const;
  /// Writes all of it as long as there is a peer; gives up as write() does. Whether it was written.
  [[nodiscard]] bool write_to_peer(const char* from, std::size_t size,
                                   std::chrono::milliseconds time) const;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool has_read_ahead() const { return next_ < buffer_.size(); }
  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool too_large() const { return too_large_; }

  /// Ends the connection such that a client that still sends gets to read the answer: says that
  /// nothing more will come, and reads on for a short time.
  void linger(std::chrono::milliseconds time);

 private:
  bool fill();

  int fd_;
  std::string buffer_;
  std::size_t next_ = 0;
  std::size_t bytes_left_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
  bool too_large_ = false;
};

}  // namespace http
