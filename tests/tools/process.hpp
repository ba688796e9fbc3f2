#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace racelab_test {

/// How a command ended, and its output.
struct Finished {
  int code = 0;  ///< exit code; 128 plus the number of the signal that ended it
  std::string out;
  std::string err;
};

/// How to run a command.
struct Surroundings {
  std::filesystem::path directory;       ///< working directory
  bool terminal = false;                 ///< whether standard error is a terminal
  bool by_name = true;                   ///< whether to start it by name, found in the PATH
  std::function<void()> before = [] {};  ///< called in the new process, before the command
};

/// A running command in its own process group, with its output captured. After a minute SIGALRM
/// ends it, with the code 142. Throws std::system_error if the command cannot be started.
class Process {
 public:
  Process(const std::vector<std::string>& command, const Surroundings& surroundings);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  /// Reads standard output until it contains `text` or ends.
  void wait_for(std::string_view text);
  /// Sends SIGKILL to the command, not to its child processes.
  void kill() const;
  /// Sends SIGINT to the process group, as Ctrl-C does.
  void interrupt() const;
  /// Closes the reading end of standard output, as `head` does.
  void close_out();
  /// Reads all output and waits for the end.
  Finished wait();

 private:
  void read_some();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  Finished finished_;
};

Finished run(const std::vector<std::string>& command, const Surroundings& surroundings);

/// A new directory that is removed with its contents.
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
/// `text` with each `from` replaced by `to`; fails the test if `text` does not contain `from`.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace racelab_test
