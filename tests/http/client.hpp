#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <http/server/listener.hpp>

namespace http_test {

/// An answer as it came over the wire.
struct Answer {
  int status = 0;  ///< 0: the connection ended without one
  std::string head;
  std::string body;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// One connection to a server on this machine, byte for byte. A read that takes longer than half a
/// minute gives up.
class Client {
 public:
  explicit Client(int port);

  void send(std::string_view bytes) const;
  /// Reads the next answer.
  Answer receive();
  Answer request(std::string_view method, std::string_view target, std::string_view body = "");
  /// The next piece of a body in chunks. Empty behind the last, or where the connection ended.
  std::string receive_chunk();
  /// What comes up to and with `end`; or up to where the server closes the connection.
  std::string receive_up_to(std::string_view end);
  /// Whether the server has closed the connection, or does within half a minute.
  bool is_closed();

 private:
  bool fill();

  http::Socket socket_;
  std::string buffer_;
};

/// One request on a connection of its own.
Answer get(int port, std::string_view target);
Answer post(int port, std::string_view target, std::string_view body = "");

/// The body of a transfer from alice.
std::string transfer_body(std::string_view to, std::string_view amount = "800");

/// Waits until something holds, for half a minute at most; whether it does.
bool eventually(const std::function<bool()>& holds);

/// The value of a series in Prometheus' text, as in "transfers_total{…}"; the first that begins so.
/// -1 where there is none.
double metric(const std::string& text, std::string_view series);

}  // namespace http_test
