#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

/// A request as handlers see it: complete, decoded, and of limited size.
struct Request {
  std::string method;                                      ///< "GET"; HEAD stays "HEAD"
  std::string path;                                        ///< decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in the order given
  std::string authorization;                               ///< the header's value; may be empty
  std::string body;
  std::string task{};  ///< the value of X-Racelab-Task; may be empty

  /// The value of a query parameter, of the last one where it is given twice; null where it is not.
  [[nodiscard]] const std::string* parameter(std::string_view name) const {
    for (auto it = query.rbegin(); it != query.rend(); ++it) {
      if (it->first == name) return &it->second;
    }
    return nullptr;
  }
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Takes a target apart, "/transactions?limit=5": the query's names and values, decoded.
std::vector<std::pair<std::string, std::string>> query_of(std::string_view target);

}  // namespace http
