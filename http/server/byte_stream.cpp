#include <http/server/byte_stream.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace http {
namespace {

using Clock = std::chrono::steady_clock;

/// Waits for one of `events`. Returns false if the deadline passes first.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd ready{fd, events, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(left));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

}  // namespace

void ByteStream::begin_request(std::chrono::milliseconds time, std::size_t bytes_max) {
  deadline_ = Clock::now() + time;
  bytes_left_ = bytes_max;
  timed_out_ = false;
  too_large_ = false;
}

ssize_t ByteStream::read(char* to, std::size_t size) {
  if (bytes_left_ == 0) {
    too_large_ = true;
    return -1;
  }
  if (!has_read_ahead() && !fill()) return timed_out_ ? -1 : 0;
  const std::size_t count = std::min({size, buffer_.size() - next_, bytes_left_});
  std::copy_n(buffer_.data() + next_, count, to);
  next_ += count;
  bytes_left_ -= count;
  return static_cast<ssize_t>(count);
}

bool ByteStream::fill() {
  constexpr std::size_t kBlock = 4096;
  buffer_.resize(kBlock);
  next_ = 0;
  for (;;) {
    const ssize_t got = ::recv(fd_, buffer_.data(), kBlock, 0);
    if (got >= 0) {
      buffer_.resize(static_cast<std::size_t>(got));
      return got > 0;
    }
    const bool empty = errno == EAGAIN || errno == EWOULDBLOCK;
    if (empty) timed_out_ = !wait_for(fd_, POLLIN, deadline_);
    if ((!empty && errno != EINTR) || timed_out_) break;
  }
  buffer_.clear();
  return false;
}

template <class CanWrite>
bool ByteStream::write_while(const char* from, std::size_t size, std::chrono::milliseconds time,
                             short events, const CanWrite& can_write) const {
  std::size_t done = 0;
  while (done < size && can_write()) {
    const ssize_t sent = ::send(fd_, from + done, size - done, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_for(fd_, events, Clock::now() + time)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return done == size;
}

ssize_t ByteStream::write(const char* from, std::size_t size,
                          std::chrono::milliseconds time) const {
  const bool written = write_while(from, size, time, POLLOUT, [] { return true; });
  return written ? static_cast<ssize_t>(size) : -1;
}

bool ByteStream::write_to_peer(const char* from, std::size_t size,
                               std::chrono::milliseconds time) const {
  return write_while(from, size, time, POLLOUT | POLLRDHUP, [this] { return has_peer(); });
}

bool ByteStream::has_peer() const {
  pollfd peer{fd_, POLLRDHUP, 0};
  return ::poll(&peer, 1, 0) <= 0;
}

void ByteStream::linger(std::chrono::milliseconds time) {
  ::shutdown(fd_, SHUT_WR);
  begin_request(time, 16U << 20U);
  std::array<char, 4096> ignored{};
  while (read(ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace http
