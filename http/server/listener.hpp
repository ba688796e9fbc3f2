#pragma once
// Listening sockets: the first thing that a server needs, and the one that can fail for reasons
// that its user can mend (a port in use, an unknown host).

#include <string>
#include <variant>

namespace http {

/// Owns a file descriptor and closes it.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  /// The descriptor; -1 if it owns no descriptor.
  [[nodiscard]] int fd() const { return fd_; }
  /// Gives up ownership and returns the descriptor.
  int release();
  void close();

 private:
  int fd_ = -1;
};

/// A non-blocking socket that listens, and its port.
struct Listener {
  Socket socket;
  int port = 0;  ///< the port chosen by the system if 0 was asked for
};

/// Listens on a host name or address and a port; port 0 means any free one. Returns the listener or
/// a message that says what went wrong.
std::variant<Listener, std::string> listen_on(const std::string& host, int port);

}  // namespace http
