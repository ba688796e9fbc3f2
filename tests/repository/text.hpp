#pragma once

// Takes source text apart into code, string literals and comments, as far as the rules in
// rules.hpp need it.

#include <cstddef>
#include <string>
#include <vector>

namespace repository {

/// One line of source. `code` has its comments removed and the characters inside its string
/// literals replaced by spaces; `comment` is the text after the comment mark, which begins at
/// `column`.
struct Line {
  std::string code;
  std::string comment;
  bool has_comment = false;
  std::size_t column = 0;
};

/// C++ and JavaScript: `//` and `/* */` comments, "…", '…' and `…` literals, R"(…)" literals.
std::vector<Line> split_c_like(const std::vector<std::string>& lines);

/// Python, shell and CMake: `#` comments and "…" and '…' literals that end on their line.
std::vector<Line> split_script(const std::vector<std::string>& lines);

}  // namespace repository
