#pragma once
// The files of http/web, which the build embeds in the binary (see web_files.cmake).

#include <span>
#include <string_view>

namespace http {

/// An embedded file.
struct WebFile {
  std::string_view path;  ///< its path in URLs, such as "/docs"
  std::string_view content_type;
  std::string_view content;
};

/// Returns all embedded files.
std::span<const WebFile> web_files();

}  // namespace http
