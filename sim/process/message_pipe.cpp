#include <sim/process/message_pipe.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace sim {
namespace {

// A message is its kind, the size of its body and the body.
constexpr std::size_t kHeadBytes = 1 + sizeof(std::uint64_t);

}  // namespace

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

bool MessagePipe::send(char kind, std::string_view body) {
  std::string message(1, kind);
  const std::uint64_t size = body.size();
  message.append(reinterpret_cast<const char*>(&size), sizeof(size));
  message.append(body);
  std::string_view left = message;
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

std::optional<Message> MessagePipe::take() {
  if (input_.size() < kHeadBytes) return std::nullopt;
  std::uint64_t size = 0;
  std::memcpy(&size, input_.data() + 1, sizeof(size));
  if (input_.size() - kHeadBytes < size) return std::nullopt;
  Message message{input_[0], input_.substr(kHeadBytes, size)};
  input_.erase(0, kHeadBytes + size);
  return message;
}

std::optional<Message> MessagePipe::receive() {
  std::optional<Message> message = take();
  while (!message && read_some(false)) message = take();
  return message;
}

std::optional<Message> MessagePipe::wait() {
  std::optional<Message> message = take();
  while (!message && read_some(true)) message = take();
  return message;
}

}  // namespace sim
