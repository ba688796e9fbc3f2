#include <http/server/server.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace http {
namespace {

/// Refused connections that are kept open until their client has read the refusal.
constexpr std::size_t kRefusedMax = 256;
constexpr std::chrono::seconds kRefusedTime{1};
constexpr int kTickMs = 250;
/// How long a stopping server waits for clients to read their responses.
constexpr std::chrono::seconds kGoodbyeTime{5};

Socket checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return Socket{fd};
}

}  // namespace

struct Server::Connection {
  Connection(Socket s, bool r) : socket(std::move(s)), refused(r) {}

  Socket socket;
  ByteStream stream{socket.fd()};
  /// Whether no worker has the connection and no bytes have arrived for one.
  [[nodiscard]] bool is_idle() const {
    char byte = 0;
    return !busy && ::recv(socket.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
  }

  std::size_t served = 0;
  bool busy = false;  ///< a worker serves it
  bool refused;
  Clock::time_point since = Clock::now();  ///< start of the current idle period
};

Server::Server(Listener listener, Protocol::Handler handler, const ServerLimits& limits)
    : protocol_(std::move(handler), limits.request),
      limits_(limits),
      port_(listener.port),
      listener_(std::move(listener.socket)),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      workers_(limits.connections_max) {
  for (const int fd : {listener_.fd(), wake_.fd()}) {
    epoll_event event{EPOLLIN, {.fd = fd}};
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  watcher_ = std::thread{[this] { watch(); }};
}

Server::~Server() {
  stop();
}

void Server::stop() {
  if (!stopping_.exchange(true)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.fd(), &one, sizeof(one));
    watcher_.join();
  }
  std::unique_lock lock{mutex_};
  const auto all_gone = [this] { return connections_.empty(); };
  if (!empty_.wait_for(lock, kGoodbyeTime, all_gone)) {
    // A client that has not read its response by now is not waited for.
    for (const auto& [fd, connection] : connections_) ::shutdown(fd, SHUT_RDWR);
    empty_.wait(lock, all_gone);
  }
}

void Server::watch() {
  std::array<epoll_event, 64> events{};
  Clock::time_point next_tick = Clock::now();
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.fd(), events.data(), events.size(), kTickMs);
    bool accept = false;
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener_.fd()) accept = true;
      if (fd != listener_.fd() && fd != wake_.fd()) on_readable(fd);
    }
    // After the other events: accepting can close connections and reuse their descriptors.
    if (accept) accept_all();
    if (Clock::now() >= next_tick) {
      close_expired();
      next_tick = Clock::now() + std::chrono::milliseconds{kTickMs};
    }
  }
  listener_.close();
  close_all();
}

void Server::accept_all() {
  while (!stopping_) {
    Socket socket{::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (socket.fd() >= 0) {
      // A response is written in two parts; the second must not wait until the first is
      // acknowledged (Nagle's algorithm).
      const int on = 1;
      ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      const std::lock_guard lock{mutex_};
      const bool full = connections_.size() - refused_ >= limits_.connections_max;
      add(std::move(socket), full && !close_longest_idle());
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      // Out of file descriptors or memory: a connection that ends frees some.
      const std::lock_guard lock{mutex_};
      close_longest_idle();
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return;
  }
}

/// The caller must hold mutex_.
void Server::add(Socket socket, bool refused) {
  const int fd = socket.fd();
  if (refused) {
    if (refused_ >= kRefusedMax) return;
    static const std::string message = refusal_message(
        503, fmt::format("all {} connections of this server are busy; try again soon",
                         limits_.connections_max));
    ::send(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(fd, SHUT_WR);
    ++refused_;
  }
  connections_[fd] = std::make_unique<Connection>(std::move(socket), refused);
  watch_for_bytes(fd, EPOLL_CTL_ADD);
}

void Server::watch_for_bytes(int fd, int how) const {
  epoll_event event{EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, {.fd = fd}};
  ::epoll_ctl(epoll_.fd(), how, fd, &event);
}

void Server::on_readable(int fd) {
  const std::lock_guard lock{mutex_};
  const auto it = connections_.find(fd);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  if (!connection.refused) {
    pass_to_worker(connection);
    return;
  }
  std::array<char, 4096> ignored{};
  const ssize_t got = ::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT);
  if (got > 0 || (got < 0 && errno == EAGAIN)) {
    watch_for_bytes(fd, EPOLL_CTL_MOD);
  } else {
    --refused_;
    connections_.erase(it);
  }
}

/// The caller must hold mutex_.
void Server::pass_to_worker(Connection& connection) {
  connection.busy = true;
  workers_.run([this, &connection] { serve(connection); });
}

void Server::serve(Connection& connection) {
  bool keep = true;
  do {
    const bool last = stopping_ || ++connection.served >= limits_.request.requests_max;
    keep = protocol_.serve(connection.stream, last);
  } while (keep && !stopping_ && connection.stream.has_read_ahead());

  const std::lock_guard lock{mutex_};
  if (keep && !stopping_) {
    connection.busy = false;
    connection.since = Clock::now();
    watch_for_bytes(connection.socket.fd(), EPOLL_CTL_MOD);
    return;
  }
  connections_.erase(connection.socket.fd());
  if (connections_.empty()) empty_.notify_all();
}

/// The caller must hold mutex_. Returns false if all connections are busy.
bool Server::close_longest_idle() {
  auto longest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (it->second->refused || !it->second->is_idle()) continue;
    if (longest == connections_.end() || it->second->since < longest->second->since) longest = it;
  }
  if (longest == connections_.end()) return false;
  connections_.erase(longest);
  return true;
}

void Server::close_expired() {
  const std::lock_guard lock{mutex_};
  const Clock::time_point now = Clock::now();
  for (auto it = connections_.begin(); it != connections_.end();) {
    const Connection& connection = *it->second;
    const auto time = connection.refused ? kRefusedTime : limits_.request.idle_time;
    const bool expired =
        now - connection.since > time && (connection.refused || connection.is_idle());
    if (expired && connection.refused) --refused_;
    it = expired ? connections_.erase(it) : std::next(it);
  }
}

/// Closes idle connections, serves requests that have already arrived, and accepts no further
/// bytes.
void Server::close_all() {
  const std::lock_guard lock{mutex_};
  for (auto it = connections_.begin(); it != connections_.end();) {
    Connection& connection = *it->second;
    if (connection.refused || connection.is_idle()) {
      it = connections_.erase(it);
      continue;
    }
    ::shutdown(connection.socket.fd(), SHUT_RD);
    if (!connection.busy) pass_to_worker(connection);
    ++it;
  }
  if (connections_.empty()) empty_.notify_all();
}

}  // namespace http
