#pragma once
// The one form that every error response of the lab has: a status and a JSON object whose member
// `detail` says what is wrong, where, and what to do.

#include <string_view>

#include <http/server/message.hpp>

namespace http {

/// Returns an error response with the body {"detail": ...}.
Response refusal(int status, std::string_view detail);

}  // namespace http
