#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

/// A request as handlers see it: complete, decoded, and of limited size.
struct Request {
  std::string method;                                      ///< "GET"; HEAD stays "HEAD"
  std::string path;                                        ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in the order given
  std::string authorization;                               ///< the header's value; may be empty
  std::string body;
  std::string task{};  ///< the value of X-Racelab-Task; may be empty

  /// The value of a query parameter, of the last one where it is given twice; null where it is not.
  [[nodiscard]] const std::string* parameter(std::string_view name) const {
    for (auto it = query.rbegin(); it != query.rend(); ++it) {
      if (it->first == name) return &it->second;
    }
    return nullptr;
  }
};

/// Where the body of an answer goes that comes bit by bit. Belongs to the thread that serves it.
class ResponseWriter {
 public:
  ResponseWriter() = default;
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;
  virtual ~ResponseWriter() = default;

  /// Sends the bytes at once. Waits where the client is slow; false where it has gone or takes
  /// nothing for too long, or the server stops: the answer is to end then.
  virtual bool write(std::string_view bytes) = 0;
  /// Whether the client is there, and the server does not stop.
  [[nodiscard]] virtual bool is_open() const = 0;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  /// Writes the body where it comes bit by bit: the answer ends when it returns. Not called for
  /// HEAD, nor where the client has gone before.
  std::function<void(ResponseWriter&)> stream{};
};

/// Takes a target apart, "/transactions?limit=5": the query's names and values, decoded.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view target);

}  // namespace http
