#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace http {

/// What came of a request on the client's side.
struct Answer {
  int status = 0;  ///< 0: none came in time
  std::string body;
  std::string problem;  ///< why none came; empty where one did
};

/// The address of a page, as in "http://localhost:8000/admin/settings?x=1".
struct Url {
  std::string base;    ///< scheme, host and port
  std::string target;  ///< path and query; at least "/"
};

/// Whether a text is meant as an address and not as a file: it begins with http:// or https://.
bool is_url(std::string_view text);
/// Takes an address apart, or says what is wrong with it.
std::variant<Url, std::string> parse_url(std::string_view text);

/// HTTP/1.1 on the client's side: one connection, kept from one request to the next and made anew
/// where the server has closed it. Used by one thread at a time.
class Client {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `base` is a Url's. `time` is how long connecting, and then each byte, may take.
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

/// The header with a lab's token; none where that is empty.
Client::Headers authorization(const std::string& admin_token);

/// Posts JSON on a connection of its own.
Answer post_json(const std::string& base, const std::string& target, const std::string& body,
                 std::chrono::milliseconds time);

/// The `detail` of an error that the lab answered with; where there is none, the status.
std::string problem_of(const Answer& answer);

/// What an address has. Second: the address and why it gives nothing. The token goes to paths below
/// /admin/ only.
std::variant<std::string, std::string> fetch_text(const std::string& url,
                                                  std::chrono::milliseconds time,
                                                  const std::string& admin_token = "");

}  // namespace http
