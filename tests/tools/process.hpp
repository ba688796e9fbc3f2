#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace racelab_test {

/// How a command ended, and what it wrote.
struct Finished {
  int code = 0;  ///< its exit code; 128 and the signal's number where a signal ended it
  std::string out;
  std::string err;
};

/// What a command is run with.
struct Surroundings {
  std::filesystem::path directory;       ///< to run in
  bool terminal = false;                 ///< its standard error is a terminal
  bool by_name = true;                   ///< started as from the PATH, not by its path
  std::function<void()> before = [] {};  ///< called in the new process, before the command
};

/// A command in a process group of its own, its output caught. One that runs for more than a minute
/// is ended with SIGALRM: its code is then 142. Throws std::system_error where none can be started.
class Process {
 public:
  Process(const std::vector<std::string>& command, const Surroundings& surroundings);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Reads its standard output until it contains `text` or ends.
  void wait_for(std::string_view text);
  /// What SIGKILL does, to it alone.
  void kill() const;
  /// What Ctrl-C does.
  void interrupt() const;
  /// Reads no more of its standard output, as `head` does.
  void close_out();
  /// Reads all it writes and waits for its end.
  Finished wait();

 private:
  void read_some();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Finished finished_;
};

Finished run(const std::vector<std::string>& command, const Surroundings& surroundings);

/// A fresh directory, removed with all it contains.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);
/// `text` with each `from` made `to`; fails the test where there is none.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace racelab_test
