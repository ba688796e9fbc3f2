#include <tools/racelab/export/write.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <sim/base/files.hpp>
#include <tools/racelab/command.hpp>
#include <tools/racelab/export/html.hpp>
#include <tools/racelab/export/otlp.hpp>
#include <tools/racelab/export/perfetto.hpp>
#include <tools/racelab/export/svg.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

SpanSender span_sender = nullptr;

/// Whether `where` looks like the address of a collector: "http://…", or "localhost:4318", for
/// which the sender explains what is missing.
bool is_address(std::string_view where) {
  if (where.find("://") != std::string_view::npos) return true;
  const std::size_t colon = where.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == where.size()) return false;
  const std::string_view port = where.substr(colon + 1);
  return std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Exported write_file(const sim::ShownExecution& shown, const std::string& file,
                    const std::string& text, std::string_view done) {
  std::error_code none;
  if (std::filesystem::equivalent(file, shown.file, none)) {
    return {fmt::format("{}: this file is the schedule itself; name another file", file), {}};
  }
  if (std::string problem = sim::replace_file(file, text); !problem.empty()) return {problem, {}};
  return {{}, fmt::format("written to {}{}", file, done)};
}

}  // namespace

void register_span_sender(SpanSender sender) {
  span_sender = sender;
}

Exported write_html(const sim::ShownExecution& shown, const std::string& file) {
  return write_file(shown, file, html_page(shown), ": open it in a browser");
}

Exported write_svg(const sim::ShownExecution& shown, const std::string& file) {
  return write_file(shown, file, svg_image(shown), {});
}

Exported write_perfetto(const sim::ShownExecution& shown, const std::string& file) {
  return write_file(shown, file, perfetto_trace(shown), ": open it at https://ui.perfetto.dev");
}

Exported write_spans(const sim::ShownExecution& shown, const std::string& where) {
  const std::string request = otlp_request(shown, std::chrono::system_clock::now());
  if (!is_address(where))
    return write_file(shown, where, request + "\n", ", as a request of OTLP over HTTP");
  if (span_sender == nullptr) {
    return {fmt::format("this program cannot send spans: it is built without an HTTP client; write "
                        "them to a file: --otlp spans.json, and send that: curl -H 'Content-Type: "
                        "application/json' --data-binary @spans.json {}/v1/traces",
                        shell_word(where)),
            {}};
  }
  if (const std::string problem = span_sender(where, request); !problem.empty()) {
    return {fmt::format("{}; or write the spans to a file: --otlp spans.json", problem), {}};
  }
  return {{}, fmt::format("spans sent to {}: service racelab-sim", where)};
}

}  // namespace racelab
