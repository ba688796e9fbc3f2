#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <http/message.hpp>

namespace http {

/// Finds the handler for a request. Thread-safe once all routes are added.
class Router {
 public:
  /// `id` is what stands in the place of the pattern's `{id}`; empty where it has none.
  using Handler = std::function<Response(const Request& request, std::string_view id)>;

  /// A pattern is a path, of which the last segment may be `{id}`.
  void add(std::string method, std::string pattern, Handler handler);

  /// HEAD goes to the handler of GET. OPTIONS is answered with the methods that the path has. A
  /// path that there is not: 404; a method that the path has not: 405, with `Allow`.
  [[nodiscard]] Response route(const Request& request) const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace http
