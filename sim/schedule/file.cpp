#include <sim/schedule/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sim/schedule/text_format.hpp>

namespace sim {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 30U;
constexpr std::string_view kSuffix = ".schedule";

std::string error_text(int error) {
  return std::generic_category().message(error);
}

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

/// The whole file; its error is that of errno, or EFBIG.
std::variant<std::string, int> read_file(const std::string& path) {
  const File file{path, O_RDONLY};
  if (!file.is_open()) return errno;
  std::string text;
  for (;;) {
    const std::size_t used = text.size();
    constexpr std::size_t kBlock = 1U << 16U;
    text.resize(used + kBlock);
    const ssize_t got = ::read(file.fd(), text.data() + used, kBlock);
    if (got < 0 && errno != EINTR) return errno;
    text.resize(used + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (got == 0) return text;
    if (text.size() > kFileBytesMax) return EFBIG;
  }
}

/// 0 where the file was made and holds `text`, else the error; then there is no file.
int create_file(const std::string& path, const std::string& text) {
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

std::string numbered(const std::string& path, int number) {
  if (number == 1) return path;
  const bool suffix = path.size() > kSuffix.size() && path.ends_with(kSuffix);
  const std::string stem = suffix ? path.substr(0, path.size() - kSuffix.size()) : path;
  return fmt::format("{}-{}{}", stem, number, suffix ? kSuffix : "");
}

}  // namespace

std::variant<Schedule, std::string> read_schedule(const std::string& path) {
  std::variant<std::string, int> text = read_file(path);
  if (const int* const error = std::get_if<int>(&text)) {
    return fmt::format("{}: {}", path, error_text(*error));
  }
  std::variant<Schedule, ScheduleError> parsed = parse_schedule(std::get<std::string>(text));
  if (const auto* const error = std::get_if<ScheduleError>(&parsed)) {
    return fmt::format("{}:{}:{}: {}", path, error->line, error->column, error->message);
  }
  return std::move(std::get<Schedule>(parsed));
}

Schedule schedule_of(const Program& program, const Recording& recording, std::string found_by) {
  Schedule schedule;
  schedule.scenario = program.name;
  schedule.found_by = std::move(found_by);
  schedule.expect.emplace(recording.outcome);
  schedule.bounds = program.bounds;
  schedule.program = program.header;
  schedule.entries = recording.schedule_entries();
  return schedule;
}

std::variant<std::string, std::string> read_text(const std::string& path) {
  std::variant<std::string, int> text = read_file(path);
  if (const int* const error = std::get_if<int>(&text)) {
    return std::variant<std::string, std::string>{std::in_place_index<1>,
                                                  fmt::format("{}: {}", path, error_text(*error))};
  }
  return std::variant<std::string, std::string>{std::in_place_index<0>,
                                                std::move(std::get<std::string>(text))};
}

std::string replace_file(const std::string& path, const std::string& text) {
  std::error_code none;
  const std::filesystem::file_status there = std::filesystem::status(path, none);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return fmt::format("{}: it is there, and no regular file", path);
  }
  const std::string draft = fmt::format("{}.{}", path, ::getpid());
  int error = create_file(draft, text);
  if (error == 0 && std::rename(draft.c_str(), path.c_str()) != 0) {
    error = errno;
    ::unlink(draft.c_str());
  }
  return error == 0 ? std::string{} : fmt::format("{}: {}", path, error_text(error));
}

WrittenFile rewrite_new_file(const std::string& path, const WrittenFile& file,
                             const std::string& text) {
  for (int number = 1; number < file.number; ++number) {
    const std::string other = numbered(path, number);
    std::error_code none;
    if (!std::filesystem::is_regular_file(other, none)) continue;
    const auto there = read_text(other);
    if (there.index() != 0 || std::get<0>(there) != text) continue;
    std::filesystem::remove(file.path, none);
    return {other, true, {}, number};
  }
  WrittenFile written = file;
  written.error = replace_file(file.path, text);
  return written;
}

WrittenFile write_new_file(const std::string& path, const std::string& text, int first) {
  constexpr int kTriesMax = 10'000;
  for (int number = first; number < first + kTriesMax; ++number) {
    WrittenFile written{numbered(path, number), false, {}, number};
    const int error = create_file(written.path, text);
    if (error == 0) return written;
    if (error != EEXIST) {
      written.error = fmt::format("{}: {}", written.path, error_text(error));
      return written;
    }
    // Only of a regular file: to open a pipe is to wait for its other end.
    std::error_code none;
    if (!std::filesystem::is_regular_file(written.path, none)) continue;
    const std::variant<std::string, int> there = read_file(written.path);
    const std::string* const content = std::get_if<std::string>(&there);
    if (content != nullptr && *content == text) {
      written.was_there = true;
      return written;
    }
  }
  return {path, false, fmt::format("{}: there are {} such files already", path, kTriesMax), first};
}

std::string default_file_name(const std::string& scenario, std::string_view suffix) {
  std::string name;
  for (const char c : scenario) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '-';
  }
  return name + std::string{suffix};
}

}  // namespace sim
