#pragma once
// The lab's log, readable in `docker compose logs`: each message is one line with the time in UTC.

#include <iosfwd>
#include <memory>
#include <string_view>

namespace http {

/// Writes log lines and flushes each at once. Thread-safe.
class Log {
 public:
  enum class Level { all, warnings };

  /// Writes to standard output.
  explicit Log(Level level);
  /// Writes to a stream, which must outlive the log.
  explicit Log(std::ostream& out);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  void info(std::string_view line);
  void warn(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace http
