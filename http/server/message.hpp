#pragma once
// A request and a response as the lab's handlers see them, independent of sockets and of the HTTP
// library. server/protocol.hpp fills in the requests and sends the responses.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

/// A request that was read completely and decoded. Its size is limited by RequestLimits.
struct Request {
  std::string method;                                      ///< "GET"; HEAD stays "HEAD"
  std::string path;                                        ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in the order given
  std::string authorization;  ///< value of the header Authorization; may be empty
  std::string body;
  std::string task{};  ///< value of the header X-Racelab-Task; may be empty

  /// Returns the value of a query parameter: the last one if the parameter is given twice, null if
  /// it is not given.
  [[nodiscard]] const std::string* parameter(std::string_view name) const {
    for (auto it = query.rbegin(); it != query.rend(); ++it) {
      if (it->first == name) return &it->second;
    }
    return nullptr;
  }
};

/// Sends a response body piece by piece. Belongs to the thread that serves the request.
class ResponseWriter {
 public:
  ResponseWriter() = default;
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;
  virtual ~ResponseWriter() = default;

  /// Sends the bytes at once and waits if the client reads slowly. Returns false if the client has
  /// gone, has read nothing for the write timeout, or the server stops; the caller must then end
  /// the response.
  virtual bool write(std::string_view bytes) = 0;
  /// Whether the client is still connected and the server is not stopping.
  [[nodiscard]] virtual bool is_open() const = 0;
};

/// The answer to a request: a complete body, or a function that streams it.
struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  /// Streams the body if set; the response ends when the function returns. It is not called for
  /// HEAD, nor if the client has already gone.
  std::function<void(ResponseWriter&)> stream{};
};

/// Returns the decoded names and values of the query in a request target such as
/// "/transactions?limit=5".
std::vector<std::pair<std::string, std::string>> query_of(std::string_view target);

}  // namespace http
