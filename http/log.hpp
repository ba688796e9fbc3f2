#pragma once

#include <iosfwd>
#include <memory>
#include <string_view>

namespace http {

/// The lab's log: one line a message, with the time in UTC, flushed at once. Thread-safe.
class Log {
 public:
  enum class Level { all, warnings };

  /// To standard output.
  explicit Log(Level level);
  /// To a stream that outlives the log.
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
