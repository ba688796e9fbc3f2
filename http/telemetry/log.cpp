#include <http/telemetry/log.hpp>

#include <memory>
#include <utility>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace http {

struct Log::Impl {
  explicit Impl(spdlog::sink_ptr sink) : logger("lab", std::move(sink)) {
    logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %v", spdlog::pattern_time_type::utc);
    logger.flush_on(spdlog::level::info);
  }
  spdlog::logger logger;
};

Log::Log(Level level)
    : impl_(std::make_unique<Impl>(std::make_shared<spdlog::sinks::stdout_sink_mt>())) {
  if (level == Level::warnings) impl_->logger.set_level(spdlog::level::warn);
}

Log::Log(std::ostream& out)
    : impl_(std::make_unique<Impl>(std::make_shared<spdlog::sinks::ostream_sink_mt>(out))) {}

Log::~Log() = default;

void Log::info(std::string_view line) {
  impl_->logger.info("{}", line);
}

void Log::warn(std::string_view line) {
  impl_->logger.warn("{}", line);
}

}  // namespace http
