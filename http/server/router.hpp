#pragma once
// Maps methods and paths to handlers, and answers requests for which there is no handler.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <http/server/message.hpp>

namespace http {

/// A table of routes. Thread-safe after the last add().
class Router {
 public:
  /// `id` is the text that matched `{id}` in the pattern; empty if the pattern has no `{id}`.
  using Handler = std::function<Response(const Request& request, std::string_view id)>;

  /// Adds a route. The pattern is a path whose last segment may be `{id}`.
  void add(std::string method, std::string pattern, Handler handler);

  /// Calls the handler of the request's route. HEAD uses the handler of GET. OPTIONS is answered
  /// with the methods of the path. An unknown path gets status 404; a method that the path does not
  /// have gets 405 with the header Allow.
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
