#pragma once
// HTTP/1.1 on the server's side. Protocol reads one request from a connection, calls the handler,
// and writes its response. It wraps the parser of cpp-httplib and adds limits on size and time,
// error responses in JSON, and streamed bodies. server/server.hpp decides which thread calls it.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <http/server/byte_stream.hpp>
#include <http/server/message.hpp>

namespace http {

/// Limits for the requests of one connection.
struct RequestLimits {
  std::size_t body_bytes_max = 64U << 10U;
  std::chrono::milliseconds read_time{10'000};   ///< from the first byte of a request to its last
  std::chrono::milliseconds write_time{10'000};  ///< without any progress
  std::chrono::seconds idle_time{15};            ///< announced to clients that keep connections
  std::size_t requests_max = 1'000'000;          ///< on one connection
};

/// Serves requests on connections that the caller owns. Thread-safe; each connection must be served
/// by one thread at a time.
class Protocol {
 public:
  using Handler = std::function<Response(const Request&)>;

  Protocol(Handler handler, const RequestLimits& limits);
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  ~Protocol();

  /// Serves one request, some bytes of which may already be read ahead. Set `last` to tell the
  /// client that the connection closes after this response. Returns whether the connection can be
  /// used for another request. Throws nothing.
  bool serve(ByteStream& stream, bool last);

 private:
  class Adapter;
  std::unique_ptr<Adapter> adapter_;
};

/// Returns the complete bytes of a response that refuses a connection, for a connection from which
/// no request was read.
std::string refusal_message(int status, const std::string& detail);

}  // namespace http
