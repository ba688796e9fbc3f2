#pragma once

#include <string_view>

namespace racelab {

/// The files of page/, as they are, for html_page().
struct PageFiles {
  std::string_view html;  ///< "{{name}}" stands for what is put in its place
  std::string_view style;
  std::string_view script;
};

[[nodiscard]] PageFiles page_files();

}  // namespace racelab
