#include <http/client.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace http {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kSecure = "https://";

bool is_port(std::string_view text) {
  int port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc{} && parsed.ptr == end && port >= 1 && port <= 65535;
}

/// What is wrong with "host:port"; empty where nothing is.
std::string problem_with(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return "a user's name in an address is not sent";
  }
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  if (authority.empty() || colon == 0) return "has no host";
  if (has_port && !is_port(authority.substr(colon + 1))) {
    return "its port is no number from 1 to 65535";
  }
  return {};
}

}  // namespace

bool is_url(std::string_view text) {
  return text.starts_with(kPlain) || text.starts_with(kSecure);
}

std::variant<Url, std::string> parse_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) { return fmt::format("\"{}\": {}", text, why); };
  if (!is_url(text)) return wrong("must begin with http:// or https://");
  const bool blank = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
  });
  if (blank) return wrong("an address has no blanks and no control characters");
  const std::size_t host = text.starts_with(kSecure) ? kSecure.size() : kPlain.size();
  const std::size_t end = std::min(text.find_first_of("/?#", host), text.size());
  const std::string problem = problem_with(text.substr(host, end - host));
  if (!problem.empty()) return wrong(problem);
  std::string target{text.substr(end, text.find('#', end) - end)};
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  return Url{std::string{text.substr(0, end)}, std::move(target)};
}

Client::Headers authorization(const std::string& admin_token) {
  if (admin_token.empty()) return {};
  return {{"Authorization", "Bearer " + admin_token}};
}

Answer post_json(const std::string& base, const std::string& target, const std::string& body,
                 std::chrono::milliseconds time) {
  return Client{base, time}.post(target, body);
}

std::string problem_of(const Answer& answer) {
  if (answer.status == 0) return answer.problem;
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const bool has_detail = json.is_object() && json.contains("detail") && json["detail"].is_string();
  const std::string said = has_detail ? ": " + json["detail"].get<std::string>() : "";
  return fmt::format("it answers with status {}{}", answer.status, said);
}

std::variant<std::string, std::string> fetch_text(const std::string& url,
                                                  std::chrono::milliseconds time,
                                                  const std::string& admin_token) {
  using Fetched = std::variant<std::string, std::string>;
  const auto parsed = parse_url(url);
  if (const auto* const problem = std::get_if<std::string>(&parsed)) {
    return Fetched{std::in_place_index<1>, *problem};
  }
  const auto& address = std::get<Url>(parsed);
  const bool admin = address.target.starts_with("/admin/");
  Answer answer =
      Client{address.base, time}.get(address.target, authorization(admin ? admin_token : ""));
  if (answer.status == 200) return Fetched{std::in_place_index<0>, std::move(answer.body)};
  return Fetched{std::in_place_index<1>, fmt::format("{}: {}", url, problem_of(answer))};
}

}  // namespace http
