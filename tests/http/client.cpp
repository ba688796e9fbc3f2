#include <tests/http/client.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace http_test {
namespace {

constexpr int kSecondsMax = 30;

}  // namespace

Client::Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience{kSecondsMax, 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
}

void Client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // receive() will see how the server reacted
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Client::fill() {
  std::array<char, 65536> block{};
  const ssize_t got = ::recv(socket_.fd(), block.data(), block.size(), 0);
  if (got > 0) buffer_.append(block.data(), static_cast<std::size_t>(got));
  return got > 0;
}

Answer Client::receive() {
  Answer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  answer.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
  std::size_t length = 0;
  const std::string name = "Content-Length: ";
  const std::size_t at = answer.head.find(name);
  if (at != std::string::npos) length = std::stoul(answer.head.substr(at + name.size()));
  while (buffer_.size() < length && fill()) {
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, answer.body.size());
  return answer;
}

Answer Client::request(std::string_view method, std::string_view target, std::string_view body) {
  send(fmt::format("{} {} HTTP/1.1\r\nHost: lab\r\nContent-Length: {}\r\n\r\n{}", method, target,
                   body.size(), body));
  return receive();
}

std::string Client::receive_chunk() {
  std::size_t begin = 0;
  while ((begin = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  const std::size_t size = std::stoul(buffer_, nullptr, 16);
  begin += 2;
  while (buffer_.size() < begin + size + 2) {
    if (!fill()) return {};
  }
  std::string chunk = buffer_.substr(begin, size);
  buffer_.erase(0, begin + size + 2);
  return chunk;
}

std::string Client::receive_up_to(std::string_view end) {
  std::size_t at = 0;
  while ((at = buffer_.find(end)) == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, "");
  }
  std::string bytes = buffer_.substr(0, at + end.size());
  buffer_.erase(0, bytes.size());
  return bytes;
}

bool Client::is_closed() {
  while (fill()) {
  }
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

Answer get(int port, std::string_view target) {
  return Client{port}.request("GET", target);
}

Answer post(int port, std::string_view target, std::string_view body) {
  return Client{port}.request("POST", target, body);
}

std::string transfer_body(std::string_view to, std::string_view amount) {
  return fmt::format(R"({{"from_account":"alice","to_account":"{}","amount":{}}})", to, amount);
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{kSecondsMax};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

double metric(const std::string& text, std::string_view series) {
  const std::size_t at = text.find(fmt::format("\n{}", series));
  if (at == std::string::npos) return -1;
  const std::size_t line_end = text.find('\n', at + 1);
  const std::size_t space = text.rfind(' ', line_end);
  return std::stod(text.substr(space + 1, line_end - space - 1));
}

}  // namespace http_test
