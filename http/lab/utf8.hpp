#pragma once
// Names of accounts come from schedule files, which are bytes; requests and responses are JSON,
// which is UTF-8.

#include <string_view>

namespace http {

/// Whether the text is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace http
