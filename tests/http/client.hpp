#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <http/server/listener.hpp>

namespace http_test {

/// A response as it was received.
struct Answer {
  int status = 0;  ///< 0 if the connection ended without a response
  std::string head;
  std::string body;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// One connection to a server on this machine. A read fails after half a minute.
class Client {
 public:
  explicit Client(int port);

  void send(std::string_view bytes) const;
  /// Reads the next response.
  Answer receive();
  Answer request(std::string_view method, std::string_view target, std::string_view body = "");
  /// Reads the next chunk of a body. Empty after the last chunk, or if the connection ended.
  std::string receive_chunk();
  /// Reads up to and including `end`, or until the server closes the connection.
  std::string receive_up_to(std::string_view end);
  /// Whether the server has closed the connection or closes it within half a minute.
  bool is_closed();

 private:
  bool fill();

  http::Socket socket_;
  std::string buffer_;
};

/// Sends one request on a connection of its own.
Answer get(int port, std::string_view target);
Answer post(int port, std::string_view target, std::string_view body = "");

/// Returns the body of a transfer from alice.
std::string transfer_body(std::string_view to, std::string_view amount = "800");

/// Waits until a condition holds, for at most half a minute. Returns whether it does.
bool eventually(const std::function<bool()>& holds);

/// Returns the value of the first series in Prometheus' text that begins with this name, as in
/// "transfers_total{…}"; -1 if no series does.
double metric(const std::string& text, std::string_view series);

}  // namespace http_test
