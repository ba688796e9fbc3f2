#include <tests/tools/process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

namespace racelab_test {
namespace {

constexpr unsigned kSecondsMax = 60;

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

/// The reading and the writing end.
std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return ends;
}

std::array<int, 2> make_terminal() {
  std::array<int, 2> ends{};
  check(::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr), "openpty");
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return ends;
}

void close(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

[[noreturn]] void become(const std::vector<std::string>& command,
                         const Surroundings& surroundings) {
  ::setpgid(0, 0);
  ::alarm(kSecondsMax);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::unsetenv("RACELAB_COMMAND");
  surroundings.before();
  if (::chdir(surroundings.directory.c_str()) != 0) ::_exit(126);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // By its name, found in the PATH.
  std::string name = std::filesystem::path{command[0]}.filename();
  arguments[0] = surroundings.by_name ? name.data() : arguments[0];
  ::execvp(command[0].c_str(), arguments.data());
  ::_exit(127);
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const Surroundings& surroundings) {
  std::array<int, 2> out = make_pipe();
  std::array<int, 2> err = surroundings.terminal ? make_terminal() : make_pipe();
  pid_ = ::fork();
  check(pid_, "fork");
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    become(command, surroundings);
  }
  ::setpgid(pid_, pid_);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Process::~Process() {
  close(out_);
  close(err_);
  if (pid_ < 0) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::read_some() {
  std::array<pollfd, 2> ready{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (::poll(ready.data(), ready.size(), -1) < 0) return;
  const auto read = [](int& fd, std::string& text) {
    std::array<char, 4096> block{};
    const ssize_t got = ::read(fd, block.data(), block.size());
    // Reading a terminal that no process has open any more gives EIO.
    if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) close(fd);
  };
  if (ready[0].revents != 0) read(out_, finished_.out);
  if (ready[1].revents != 0) read(err_, finished_.err);
}

void Process::wait_for(std::string_view text) {
  while (out_ >= 0 && finished_.out.find(text) == std::string::npos) read_some();
}

void Process::kill() const {
  ::kill(pid_, SIGKILL);
}

void Process::interrupt() const {
  ::kill(-pid_, SIGINT);
}

void Process::close_out() {
  close(out_);
}

Finished Process::wait() {
  while (out_ >= 0 || err_ >= 0) read_some();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  finished_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return std::move(finished_);
}

Finished run(const std::vector<std::string>& command, const Surroundings& surroundings) {
  return Process{command, surroundings}.wait();
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "racelab-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
  const std::ifstream in{path, std::ios::binary};
  EXPECT_TRUE(in) << path << " cannot be read";
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream out{path, std::ios::binary};
  out << text;
  out.close();
  EXPECT_TRUE(out) << path << " cannot be written";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "no \"" << from << "\" in\n" << text;
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace racelab_test
