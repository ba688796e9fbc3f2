#pragma once
// The server of the lab: accepts connections and hands each request to a worker thread. The number
// of requests that wait at once (at a barrier, say) is not limited by a small thread pool.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <http/server/byte_stream.hpp>
#include <http/server/listener.hpp>
#include <http/server/protocol.hpp>
#include <http/server/worker_pool.hpp>

namespace http {

/// Limits of a server.
struct ServerLimits {
  RequestLimits request;
  /// Connections at once. When one more arrives, the connection that has been idle longest is
  /// closed; if none is idle, the new one is refused with status 503.
  std::size_t connections_max = 1024;
};

/// Serves connections. A connection without a request needs no thread: one thread, the watcher,
/// polls all connections with epoll and passes each connection that becomes readable to a worker.
/// There can be as many workers as connections. Thread-safe.
class Server {
 public:
  /// Starts to serve. The handler is called on worker threads, concurrently.
  Server(Listener listener, Protocol::Handler handler, const ServerLimits& limits);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Calls stop().
  ~Server();

  [[nodiscard]] int port() const { return port_; }
  /// Accepts no further connections and requests, and returns when all requests are answered. A
  /// handler that waits for anything but bytes must be released by the caller first.
  void stop();

 private:
  struct Connection;
  using Clock = std::chrono::steady_clock;

  void watch();
  void accept_all();
  void add(Socket socket, bool refused);
  void on_readable(int fd);
  void pass_to_worker(Connection& connection);
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
  Socket wake_;  ///< becomes readable when the server stops
  std::atomic<bool> stopping_{false};

  /// Guards the members below. A busy connection belongs to its worker, any other to the watcher.
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;  ///< by descriptor
  std::size_t refused_ = 0;  ///< connections that were refused and wait for their client to close

  WorkerPool workers_;
  std::thread watcher_;
};

}  // namespace http
