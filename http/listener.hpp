#pragma once

#include <string>
#include <variant>

namespace http {

/// A socket that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  [[nodiscard]] int fd() const { return fd_; }
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// A socket that listens.
struct Listener {
  Socket socket;  ///< not blocking
  int port = 0;   ///< the one that was found, where 0 was asked for
};

/// Listens on a host's name or address, and a port; 0: any free one. Or says what went wrong.
std::variant<Listener, std::string> listen_on(const std::string& host, int port);

}  // namespace http
