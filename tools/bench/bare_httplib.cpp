// The baseline for the throughput of the lab: a plain cpp-httplib server that sends the same answer
// from memory, with a thread for each connection and TCP_NODELAY. Prints its port.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <httplib.h>

#include <cstdio>

int main() {
  constexpr std::size_t kThreads = 512;
  httplib::Server server;
  int listener = -1;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  server.set_socket_options([&](socket_t socket) { listener = socket; });
  const auto answer = [](const httplib::Request&, httplib::Response& response) {
    response.set_content(
        R"({"accounts":[{"id":"alice","balance":1000.0},{"id":"bob","balance":500.0},)"
        R"({"id":"charlie","balance":200.0}]})",
        "application/json");
  };
  server.Get("/accounts", answer);
  server.Post("/transfer", answer);
  const int port = server.bind_to_any_port("127.0.0.1");
  // The default backlog of the library is only 5.
  if (port < 0 || ::listen(listener, 1024) != 0) return 1;
  std::printf("%d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
