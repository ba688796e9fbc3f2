#include <sim/process/message_pipe.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include <sim/base/bytes.hpp>

namespace sim {

std::pair<MessagePipe, MessagePipe> MessagePipe::make() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return {MessagePipe{fds[0]}, MessagePipe{fds[1]}};
}

MessagePipe::MessagePipe(MessagePipe&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

MessagePipe& MessagePipe::operator=(MessagePipe&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  input_ = std::move(other.input_);
  return *this;
}

MessagePipe::~MessagePipe() {
  close();
}

void MessagePipe::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool MessagePipe::send(std::string_view message) {
  std::string bytes;
  ByteWriter{bytes}.text(message);
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t sent = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool MessagePipe::read_some(bool wait) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), wait ? 0 : MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
}

std::optional<std::string> MessagePipe::take() {
  ByteReader in{input_};
  const std::string_view text = in.text();
  if (!in.ok()) return std::nullopt;
  std::string message{text};
  input_.erase(0, static_cast<std::size_t>(text.data() + text.size() - input_.data()));
  return message;
}

std::optional<std::string> MessagePipe::receive() {
  std::optional<std::string> message = take();
  while (!message && read_some(false)) message = take();
  return message;
}

std::optional<std::string> MessagePipe::wait() {
  std::optional<std::string> message = take();
  while (!message && read_some(true)) message = take();
  return message;
}

}  // namespace sim
