#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <http/byte_stream.hpp>
#include <http/message.hpp>

namespace http {

/// What one request may cost.
struct RequestLimits {
  std::size_t body_bytes_max = 64U << 10U;
  std::chrono::milliseconds read_time{10'000};   ///< from its first byte to its last
  std::chrono::milliseconds write_time{10'000};  ///< without any progress
  std::chrono::seconds idle_time{15};            ///< as told to clients that keep connections
  std::size_t requests_max = 1'000'000;          ///< on one connection
};

/// HTTP/1.1 on the server's side: reads a request and writes the answer. Thread-safe.
class Protocol {
 public:
  using Handler = std::function<Response(const Request&)>;

  Protocol(Handler handler, const RequestLimits& limits);
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  ~Protocol();

  /// Serves one request, of which some bytes may be read ahead. Whether the connection may be used
  /// again; `last` says that it will not. Throws nothing.
  bool serve(ByteStream& stream, bool last);

 private:
  class Adapter;
  std::unique_ptr<Adapter> adapter_;
};

/// The whole of an answer that refuses a connection, for when nothing can be read from it.
std::string refusal_message(int status, const std::string& detail);

}  // namespace http
