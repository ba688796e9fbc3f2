#include <http/server/refusal.hpp>

#include <nlohmann/json.hpp>

namespace http {

Response refusal(int status, std::string_view detail) {
  using Json = nlohmann::json;
  // The detail may quote a path with bytes that are not UTF-8: they are shown as U+FFFD.
  const Json body{{"detail", detail}};
  return {
      status, body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json", {}};
}

}  // namespace http
