#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <http/byte_stream.hpp>
#include <http/listener.hpp>
#include <http/protocol.hpp>
#include <http/worker_pool.hpp>

namespace http {

/// What a server may take.
struct ServerLimits {
  RequestLimits request;
  /// At once. For one more the connection that is idle for the longest time is closed; where none
  /// is idle, the new one is refused with 503.
  std::size_t connections_max = 1024;
};

/// Serves connections. A connection without a request costs no thread: one thread watches all of
/// them, and gives one on which something comes to a worker, of which there are enough for all.
class Server {
 public:
  /// Begins to serve. Each request is handled on a thread of its own.
  Server(Listener listener, Protocol::Handler handler, const ServerLimits& limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// stop()s.
  ~Server();

  [[nodiscard]] int port() const { return port_; }
  /// Takes no new connections and requests, and returns when all requests are answered. Requests
  /// that wait for something else than bytes must be released by others.
  void stop();

 private:
  struct Connection;
  using Clock = std::chrono::steady_clock;

  void watch();
  void accept_all();
  void add(Socket socket, bool refused);
  void something_came(int fd);
  void hand_over(Connection& connection);
  void serve(Connection& connection);
  bool close_longest_idle();
  void close_expired();
  void close_all();
  void watch_for_bytes(int fd, int how) const;

  Protocol protocol_;
  const ServerLimits limits_;
  const int port_;
  Socket listener_;
  Socket epoll_;
  Socket wake_;  ///< readable once the server is to stop
  std::atomic<bool> stopping_{false};

  /// Of what follows. A connection that a worker has belongs to it, any other to the watcher.
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  ///< by socket
  std::size_t refused_ = 0;  ///< of these, only waiting for their client to go

  WorkerPool workers_;
  std::thread watcher_;
};

}  // namespace http
