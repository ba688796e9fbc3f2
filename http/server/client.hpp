#pragma once
// An HTTP client and the addresses that it takes. `racelab` uses it to drive a lab and to fetch
// schedules from one, and the OTLP exporter to send spans to a collector.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace http {

/// The result of a request on the client's side.
struct Answer {
  int status = 0;  ///< 0 if no response came in time
  std::string body;
  std::string problem;  ///< why no response came; empty if one did
};

/// The address of a page, such as "http://localhost:8000/admin/settings?x=1".
struct Url {
  std::string base;    ///< scheme, host and port
  std::string target;  ///< path and query; at least "/"
};

/// Whether the text is an address and not a file name: it begins with http:// or https://.
bool is_url(std::string_view text);
/// Splits an address, or returns what is wrong with it.
std::variant<Url, std::string> parse_url(std::string_view text);
/// The port of a Url::base, or nullopt if it names none.
std::optional<int> port_of(const Url& url);

/// An HTTP/1.1 client with one connection, which is kept between requests and reopened after the
/// server has closed it. Must be used by one thread at a time.
class Client {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `base` is the base of a Url. `time` limits how long connecting, and each wait for bytes, may
  /// take.
  Client(const std::string& base, std::chrono::milliseconds time);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  Answer get(const std::string& target, const Headers& headers = {});
  Answer post(const std::string& target, const std::string& body,
              const std::string& content_type = "application/json", const Headers& headers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The header that carries the lab's admin token; no header if the token is empty.
Client::Headers authorization(const std::string& admin_token);

/// Posts JSON on a connection of its own.
Answer post_json(const std::string& base, const std::string& target, const std::string& body,
                 std::chrono::milliseconds time);

/// Returns the `detail` of an error response of the lab, or its status if it has no detail.
std::string problem_of(const Answer& answer);

/// Fetches an address. Returns its body, or as the second alternative the address and why nothing
/// was fetched. The token is sent only to paths that begin with /admin/.
std::variant<std::string, std::string> fetch_text(const std::string& url,
                                                  std::chrono::milliseconds time,
                                                  const std::string& admin_token = "");

}  // namespace http
