#include <sim/base/files.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace sim {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30U;

/// Owns a file descriptor and closes it.
class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(); }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }
  int close() { return fd_ < 0 ? 0 : ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

/// Appends the content of the file to `text`. Returns 0 or the errno of what went wrong.
int read_all(const std::string& path, std::string& text) {
  const File file{path, O_RDONLY};
  if (!file.is_open()) return errno;
  for (;;) {
    const std::size_t used = text.size();
    constexpr std::size_t kBlock = 1U << 16U;
    text.resize(used + kBlock);
    const ssize_t got = ::read(file.fd(), text.data() + used, kBlock);
    if (got < 0 && errno != EINTR) return errno;
    text.resize(used + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got == 0) return 0;
    if (text.size() > kFileBytesMax) return EFBIG;
  }
}

}  // namespace

std::string file_error(const std::string& path, int error) {
  return fmt::format("{}: {}", path, std::generic_category().message(error));
}

FileText read_file(const std::string& path) {
  FileText file;
  if (const int error = read_all(path, file.text); error != 0) {
    return {{}, file_error(path, error)};
  }
  return file;
}

bool file_holds(const std::string& path, std::string_view text) {
  // Checked first, because opening a pipe blocks until its other end is open.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  const FileText file = read_file(path);
  return file.error.empty() && file.text == text;
}

int create_file(const std::string& path, std::string_view text) {
  File file{path, O_WRONLY | O_CREAT | O_EXCL};
  if (!file.is_open()) return errno;
  std::size_t done = 0;
  int error = 0;
  while (done < text.size() && error == 0) {
    const ssize_t put = ::write(file.fd(), text.data() + done, text.size() - done);
    if (put >= 0) {
      done += static_cast<std::size_t>(put);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (error == 0 && ::fsync(file.fd()) != 0 && errno != EINVAL) error = errno;
  if (file.close() != 0 && error == 0) error = errno;
  if (error != 0) ::unlink(path.c_str());
  return error;
}

std::string replace_file(const std::string& path, std::string_view text) {
  std::error_code ignored;
  const std::filesystem::file_status there = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return fmt::format("{}: it exists and is not a regular file", path);
  }
  const std::string draft = fmt::format("{}.{}", path, ::getpid());
  int error = create_file(draft, text);
  if (error == 0 && std::rename(draft.c_str(), path.c_str()) != 0) {
    error = errno;
    ::unlink(draft.c_str());
  }
  return error == 0 ? std::string{} : file_error(path, error);
}

}  // namespace sim
