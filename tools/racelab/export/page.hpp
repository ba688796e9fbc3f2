#pragma once

// Gives access to the files in page/, which are compiled into the program.

#include <string_view>

namespace racelab {

/// The contents of the files in page/, for html_page().
struct PageFiles {
  std::string_view html;  ///< html_page() replaces each "{{name}}"
  std::string_view style;
  std::string_view script;
};

/// The files in page/, as they were when the program was built.
[[nodiscard]] PageFiles page_files();

}  // namespace racelab
