#include <http/server/listener.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace http {
namespace {

/// How many connections the kernel queues before they are accepted.
constexpr int kBacklog = 1024;

int port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// Returns 0 and stores the socket in `to`, or returns the errno.
int listen_at(const addrinfo& address, Socket& to) {
  Socket socket{::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (socket.fd() < 0) return errno;
  // SO_REUSEPORT is not set: starting a second lab on the same port must fail.
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(socket.fd(), address.ai_addr, address.ai_addrlen) != 0) return errno;
  if (::listen(socket.fd(), kBacklog) != 0) return errno;
  to = std::move(socket);
  return 0;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Socket::release() {
  return std::exchange(fd_, -1);
}

void Socket::close() {
  if (fd_ >= 0) ::close(release());
}

std::variant<Listener, std::string> listen_on(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    return fmt::format("cannot listen on host \"{}\": {}", host, ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Listener listener;
    error = listen_at(*address, listener.socket);
    if (error == 0) {
      listener.port = port_of(listener.socket.fd());
      return listener;
    }
  }
  return fmt::format("cannot listen on {}:{}: {}{}", host, port, std::strerror(error),
                     error == EADDRINUSE
                         ? ". Another process listens there: stop it, or choose another port with "
                           "--port (0: any free one)"
                         : "");
}

}  // namespace http
