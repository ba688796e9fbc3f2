#pragma once

#include <span>
#include <string_view>

namespace http {

/// A file of http/web that the binary contains.
struct WebFile {
  std::string_view path;  ///< in a URL, as in "/docs"
  std::string_view content_type;
  std::string_view content;
};

std::span<const WebFile> web_files();

}  // namespace http
