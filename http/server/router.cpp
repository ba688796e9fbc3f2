#include <http/server/router.hpp>

#include <optional>
#include <utility>

#include <fmt/format.h>

#include <http/server/refusal.hpp>

namespace http {
namespace {

constexpr std::string_view kId = "{id}";

/// Returns the text that matches `{id}`, an empty text if the pattern has no `{id}`, or nullopt if
/// the path does not match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with(kId)) {
    return pattern == path ? std::optional<std::string_view>{""} : std::nullopt;
  }
  const std::string_view prefix = pattern.substr(0, pattern.size() - kId.size());
  if (!path.starts_with(prefix)) return std::nullopt;
  const std::string_view id = path.substr(prefix.size());
  if (id.empty() || id.find('/') != std::string_view::npos) return std::nullopt;
  return id;
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  routes_.push_back({std::move(method), std::move(pattern), std::move(handler)});
}

Response Router::route(const Request& request) const {
  const std::string_view wanted =
      request.method == "HEAD" ? "GET" : std::string_view{request.method};
  std::string allow;
  for (const Route& route : routes_) {
    const auto id = match(route.pattern, request.path);
    if (!id) continue;
    if (route.method == wanted) return route.handler(request, *id);
    allow += (route.method == "GET" ? "GET, HEAD" : route.method) + ", ";
  }
  if (allow.empty()) {
    return refusal(
        404, fmt::format("there is no {}; see /docs for the paths of this server", request.path));
  }
  allow += "OPTIONS";
  if (request.method == "OPTIONS") return {200, "", "text/plain", {{"Allow", allow}}};
  Response response = refusal(405, fmt::format("{} does not support {}; it supports {}",
                                               request.path, request.method, allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace http
