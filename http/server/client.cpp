#include <http/server/client.hpp>

#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace http {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kSecure = "https://";

/// Explains why no response came.
std::string text_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "nothing accepts connections there";
    case httplib::Error::ConnectionTimeout:
      return "the connection timed out";
    case httplib::Error::Read:
    case httplib::Error::Write:
      return "it accepted the connection but sent no HTTP response, as a gRPC port does";
    case httplib::Error::SSLConnection:
      return "it does not speak TLS";
    case httplib::Error::SSLServerVerification:
      return "its certificate could not be verified";
    default:
      return fmt::format("no response ({})", httplib::to_string(error));
  }
}

/// Returns the part of "host:port" from the colon before the port; empty if it names no port.
std::string_view port_part(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  return has_port ? authority.substr(colon) : std::string_view{};
}

/// Returns the number after the colon, or nullopt if it is not a valid port.
std::optional<int> parse_port(std::string_view part) {
  int port = 0;
  const char* const end = part.data() + part.size();
  const auto parsed = std::from_chars(part.data() + 1, end, port);
  const bool valid = parsed.ec == std::errc{} && parsed.ptr == end && port >= 1 && port <= 65535;
  return valid ? std::optional{port} : std::nullopt;
}

/// Returns what is wrong with "host:port"; empty if it is valid.
std::string problem_with(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return "an address must not contain a user's name";
  }
  if (authority.empty() || authority.starts_with(':')) return "it has no host";
  const std::string_view port = port_part(authority);
  if (!port.empty() && !parse_port(port)) return "its port must be a number from 1 to 65535";
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
  if (blank) return wrong("an address must not contain blanks or control characters");
  const std::size_t host = text.starts_with(kSecure) ? kSecure.size() : kPlain.size();
  const std::size_t end = std::min(text.find_first_of("/?#", host), text.size());
  const std::string problem = problem_with(text.substr(host, end - host));
  if (!problem.empty()) return wrong(problem);
  std::string target{text.substr(end, text.find('#', end) - end)};
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  return Url{std::string{text.substr(0, end)}, std::move(target)};
}

std::optional<int> port_of(const Url& url) {
  const std::size_t host = url.base.find("://") + 3;
  const std::string_view part = port_part(std::string_view{url.base}.substr(host));
  return part.empty() ? std::nullopt : parse_port(part);
}

struct Client::Impl {
  explicit Impl(const std::string& base) : client(base) {}

  static httplib::Headers all(const Headers& headers) { return {headers.begin(), headers.end()}; }
  static Answer answer(const httplib::Result& result) {
    if (!result) return {0, "", text_of(result.error())};
    return {result->status, result->body, ""};
  }

  httplib::Client client;
};

Client::Client(const std::string& base, std::chrono::milliseconds time)
    : impl_(std::make_unique<Impl>(base)) {
  impl_->client.set_keep_alive(true);
  impl_->client.set_tcp_nodelay(true);
  impl_->client.set_connection_timeout(time);
  impl_->client.set_read_timeout(time);
  impl_->client.set_write_timeout(time);
}

Client::~Client() = default;

Answer Client::get(const std::string& target, const Headers& headers) {
  return Impl::answer(impl_->client.Get(target, Impl::all(headers)));
}

Answer Client::post(const std::string& target, const std::string& body,
                    const std::string& content_type, const Headers& headers) {
  return Impl::answer(impl_->client.Post(target, Impl::all(headers), body, content_type));
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
  return fmt::format("it answered with status {}{}", answer.status, said);
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
