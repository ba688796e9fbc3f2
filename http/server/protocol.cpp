#include <http/server/protocol.hpp>

#include <httplib.h>

#include <charconv>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <http/server/refusal.hpp>

namespace http {
namespace {

/// Room for the request line, the headers, and the framing of a chunked body.
constexpr std::size_t kOverheadBytes = 64U << 10U;
constexpr const char* kAnyPath = "[\\s\\S]*";

/// Presents a ByteStream to the library as one of its streams.
class StreamView : public httplib::Stream {
 public:
  StreamView(ByteStream& stream, std::chrono::milliseconds write_time)
      : stream_(stream), write_time_(write_time) {}

  [[nodiscard]] bool is_readable() const override { return true; }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override { return stream_.read(to, size); }
  ssize_t write(const char* from, std::size_t size) override {
    return stream_.write(from, size, write_time_);
  }
  void get_remote_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  void get_local_ip_and_port(std::string& /*ip*/, int& /*port*/) const override {}
  [[nodiscard]] socket_t socket() const override { return stream_.fd(); }

 private:
  ByteStream& stream_;
  std::chrono::milliseconds write_time_;
};

/// Writes each piece of a streamed body, as a chunk of its own if the client supports chunks.
class PieceWriter final : public ResponseWriter {
 public:
  PieceWriter(ByteStream& stream, bool chunked, std::chrono::milliseconds write_time)
      : stream_(stream), chunked_(chunked), write_time_(write_time) {}

  bool write(std::string_view bytes) override {
    if (bytes.empty()) return is_open();
    std::string chunk;
    if (chunked_) {
      chunk = fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
      bytes = chunk;
    }
    complete_ = stream_.write_to_peer(bytes.data(), bytes.size(), write_time_) && complete_;
    return complete_;
  }
  [[nodiscard]] bool is_open() const override { return complete_ && stream_.has_peer(); }
  /// Ends the body if that is possible without waiting. Returns whether the connection can be used
  /// for another response.
  bool end() {
    constexpr std::string_view kLastChunk = "0\r\n\r\n";
    return chunked_ && complete_ && stream_.write(kLastChunk.data(), kLastChunk.size(), {}) > 0;
  }

 private:
  ByteStream& stream_;
  const bool chunked_;
  const std::chrono::milliseconds write_time_;
  bool complete_ = true;  ///< every piece so far was written completely
};

/// State of the request that the calling thread serves. The library's callbacks have no parameter
/// for it, so it is reached through a thread-local pointer.
struct Current {
  ByteStream& stream;
  std::optional<Response> refused;  ///< set if the request is refused before its body is read
  bool close = false;               ///< the following bytes may not be a request: close
  std::function<void(ResponseWriter&)> body{};  ///< writes a streamed body; empty if none
  bool chunked = false;                         ///< the streamed body is sent in chunks
};
thread_local Current* current = nullptr;

bool takes_no_body(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "CONNECT";
}

/// Returns the value of Content-Length, or nullopt if it is not a number.
std::optional<std::size_t> length_of(const std::string& text) {
  std::size_t length = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, length);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return length;
}

/// Returns a refusal if the body must not be read.
std::optional<Response> refuse_body(const httplib::Request& request, std::size_t bytes_max) {
  const bool chunked = request.has_header("Transfer-Encoding");
  const std::size_t lengths = request.get_header_value_count("Content-Length");
  if (lengths > 1 || (chunked && lengths > 0)) {
    return refusal(400, "headers: the body's length is given twice");
  }
  if (request.has_header("Content-Encoding")) {
    return refusal(415, "header Content-Encoding: send the body as it is");
  }
  if (lengths == 1) {
    const auto length = length_of(request.get_header_value("Content-Length"));
    if (!length) return refusal(400, "header Content-Length: must be a number");
    if (*length > bytes_max) {
      return refusal(413, fmt::format("body: is larger than {} bytes", bytes_max));
    }
  }
  return std::nullopt;
}

/// The library rejects an unknown method before it sets the path.
bool has_unknown_method(const httplib::Request& request) {
  return request.path.empty() && !request.target.empty() && request.version.starts_with("HTTP/1.");
}

std::string default_detail(int status) {
  switch (status) {
    case 400:
      return "not a valid HTTP request";
    case 408:
      return "the request was not received completely in time";
    case 413:
      return "the request is too large";
    case 414:
      return "the path is too long";
    default:
      return fmt::format("status {}", status);
  }
}

void copy(Response&& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  to.set_header("Cache-Control", "no-store");
  to.body = std::move(from.body);
  to.set_header("Content-Type", from.content_type);
}

}  // namespace

/// The library's server without its sockets and threads: it serves one request on the stream that
/// it is given.
class Protocol::Adapter : public httplib::Server {
 public:
  Adapter(Protocol::Handler handler, const RequestLimits& limits)
      : handler_(std::move(handler)), limits_(limits) {
    // One byte more than the limit, which refuse_body() and answer() check themselves.
    set_payload_max_length(limits.body_bytes_max + 1);
    set_keep_alive_timeout(limits.idle_time.count());
    set_keep_alive_max_count(limits.requests_max);
    const auto any = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
    };
    Get(kAnyPath, any);
    Post(kAnyPath, any);
    Put(kAnyPath, any);
    Patch(kAnyPath, any);
    Delete(kAnyPath, any);
    Options(kAnyPath, any);
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      if (!current->refused) return HandlerResponse::Unhandled;
      copy(std::move(*current->refused), response);
      return HandlerResponse::Handled;
    });
    set_expect_100_continue_handler([](const httplib::Request&, httplib::Response& response) {
      if (!current->refused) return 100;
      copy(std::move(*current->refused), response);
      return response.status;
    });
    set_error_handler(
        HandlerWithResponse{[this](const httplib::Request& request, httplib::Response& response) {
          explain(request, response);
          return HandlerResponse::Handled;
        }});
  }

  bool serve(ByteStream& stream, bool last) {
    stream.begin_request(limits_.read_time, limits_.body_bytes_max + kOverheadBytes);
    Current state{stream, std::nullopt};
    current = &state;
    StreamView view{stream, limits_.write_time};
    bool closed = last;
    const bool written = process_request(view, last, closed,
                                         [this](httplib::Request& request) { prepare(request); });
    current = nullptr;
    if (written && state.body) {
      PieceWriter writer{stream, state.chunked, limits_.write_time};
      state.body(writer);
      return writer.end() && !closed && !state.close;
    }
    if (state.close || stream.timed_out() || stream.too_large()) {
      stream.linger(std::chrono::seconds{1});
      return false;
    }
    return written && !closed;
  }

 private:
  /// Called after the headers were read and before the body is.
  void prepare(httplib::Request& request) const {
    request.ranges.clear();
    // Otherwise the library would compress every response again, which takes seconds for the
    // largest page.
    request.headers.erase("Accept-Encoding");
    current->refused = refuse_body(request, limits_.body_bytes_max);
    const bool has_body =
        request.has_header("Transfer-Encoding") ||
        (request.has_header("Content-Length") && request.get_header_value("Content-Length") != "0");
    current->close = current->refused || (has_body && takes_no_body(request.method));
    if (current->close) {
      request.headers.erase("Connection");
      request.set_header("Connection", "close");
    }
    // A request without a length has no body; the library would read until the connection ends.
    if (!has_body) {
      request.headers.erase("Content-Length");
      request.set_header("Content-Length", "0");
    }
  }

  void answer(const httplib::Request& from, httplib::Response& to) const {
    Request request{from.method,
                    from.path,
                    query_of(from.target),
                    from.get_header_value("Authorization"),
                    from.body,
                    from.get_header_value("X-Racelab-Task")};
    // The byte limit leaves room for headers, so a chunked body can still exceed its own limit.
    if (request.body.size() > limits_.body_bytes_max) {
      return copy(refusal(413, default_detail(413)), to);
    }
    try {
      Response response = handler_(request);
      response.stream ? stream(std::move(response), from, to) : copy(std::move(response), to);
    } catch (const std::exception& error) {
      copy(refusal(500, fmt::format("internal error: {}", error.what())), to);
    }
  }

  /// Lets the library write only the head of a streamed response: it would end the body at once,
  /// because this server does not listen on a socket of its own. serve() writes the body.
  static void stream(Response&& response, const httplib::Request& from, httplib::Response& to) {
    const std::string type = std::exchange(response.content_type, "");
    const auto nothing = [](std::size_t, httplib::DataSink&) { return false; };
    current->chunked = from.version != "HTTP/1.0";
    if (from.method != "HEAD") current->body = std::move(response.stream);
    copy(std::move(response), to);
    to.headers.erase("Content-Type");
    current->chunked ? to.set_chunked_content_provider(type, nothing)
                     : to.set_content_provider(type, nothing);
  }

  /// Called for every error response. Those that the library itself made have no body yet.
  void explain(const httplib::Request& request, httplib::Response& response) const {
    if (!response.body.empty()) return;
    if (request.method == "TRACE" || request.method == "CONNECT") return answer(request, response);
    if (current->stream.timed_out()) response.status = 408;
    if (current->stream.too_large()) response.status = 413;
    copy(has_unknown_method(request)
             ? handler_(
                   {request.method, request.target.substr(0, request.target.find('?')), {}, "", ""})
             : refusal(response.status, default_detail(response.status)),
         response);
    current->close = true;
    response.headers.erase("Connection");
    response.headers.erase("Keep-Alive");
    response.set_header("Connection", "close");
  }

  Protocol::Handler handler_;
  RequestLimits limits_;
};

Protocol::Protocol(Handler handler, const RequestLimits& limits)
    : adapter_(std::make_unique<Adapter>(std::move(handler), limits)) {}

Protocol::~Protocol() = default;

bool Protocol::serve(ByteStream& stream, bool last) {
  try {
    return adapter_->serve(stream, last);
  } catch (const std::exception&) {
    return false;  // for example out of memory: close this connection, keep the server
  }
}

std::string refusal_message(int status, const std::string& detail) {
  const Response response = refusal(status, detail);
  return fmt::format(
      "HTTP/1.1 {} Service Unavailable\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Connection: close\r\nRetry-After: 1\r\n\r\n{}",
      status, response.content_type, response.body.size(), response.body);
}

}  // namespace http
