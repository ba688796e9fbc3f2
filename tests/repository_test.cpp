// Rules of the repository that no compiler checks.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string name;  ///< from the root, as in "sim/engine/engine.hpp"
  std::vector<std::string> lines;
};

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream in{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// All text files that people edit, in the order of their names.
std::vector<SourceFile> all_files() {
  const fs::path root{RACELAB_ROOT};
  std::map<std::string, SourceFile> found;
  const std::set<std::string> skipped{".git", "build", "found", "corpus", "node_modules"};
  for (auto it = fs::recursive_directory_iterator{root}; it != fs::recursive_directory_iterator{};
       ++it) {
    if (it->is_directory() && skipped.contains(it->path().filename().string())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file()) {
      const std::string name = it->path().lexically_relative(root).generic_string();
      found[name] = {name, read_lines(it->path())};
    }
  }
  std::vector<SourceFile> files;
  for (auto& [name, file] : found) files.push_back(std::move(file));
  return files;
}

bool is_cpp(const SourceFile& file) {
  return file.name.ends_with(".cpp") || file.name.ends_with(".hpp");
}

/// The project's own headers that a file includes.
std::vector<std::string> own_includes(const SourceFile& file) {
  static const std::regex include{R"(^\s*#include <((sim|bank|http|tools|tests)/[^>]+)>)"};
  std::vector<std::string> names;
  for (const std::string& line : file.lines) {
    if (std::smatch match; std::regex_search(line, match, include)) names.push_back(match[1]);
  }
  return names;
}

/// Dependencies run downwards in this number only. 9: anything.
int layer_of(std::string_view name) {
  const std::string_view top = name.substr(0, name.find('/'));
  if (top == "sim") return 0;
  if (top == "bank") return 1;
  if (top == "http") return 2;
  return 9;
}

TEST(Repository, DependenciesRunOneWay) {
  for (const SourceFile& file : all_files()) {
    if (!is_cpp(file)) continue;
    for (const std::string& included : own_includes(file)) {
      EXPECT_LE(layer_of(included), layer_of(file.name)) << file.name << " includes " << included;
    }
  }
}

TEST(Repository, HasNoCirclesBetweenHeaders) {
  std::map<std::string, std::vector<std::string>> includes;
  for (const SourceFile& file : all_files()) {
    if (is_cpp(file)) includes[file.name] = own_includes(file);
  }
  // A header is taken away once all it includes is gone; what is left at the end is a circle.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = includes.begin(); it != includes.end();) {
      const bool free =
          std::none_of(it->second.begin(), it->second.end(),
                       [&](const std::string& name) { return includes.contains(name); });
      changed |= free;
      it = free ? includes.erase(it) : std::next(it);
    }
  }
  for (const auto& [name, unused] : includes) ADD_FAILURE() << name << " is part of a circle";
}

TEST(Repository, IncludesOnlyFilesThatAreThere) {
  for (const SourceFile& file : all_files()) {
    if (!is_cpp(file)) continue;
    for (const std::string& included : own_includes(file)) {
      EXPECT_TRUE(fs::exists(fs::path{RACELAB_ROOT} / included)) << file.name << ": " << included;
    }
  }
}

TEST(Repository, HeadersAreGuarded) {
  for (const SourceFile& file : all_files()) {
    if (!file.name.ends_with(".hpp")) continue;
    EXPECT_EQ(file.lines.empty() ? "" : file.lines.front(), "#pragma once") << file.name;
  }
}

/// The compiler then sees that the header needs nothing before it (racelab_verify_headers).
TEST(Repository, SourcesIncludeTheirOwnHeaderFirst) {
  for (const SourceFile& file : all_files()) {
    const std::string header = file.name.substr(0, file.name.rfind('.')) + ".hpp";
    if (!file.name.ends_with(".cpp") || !fs::exists(fs::path{RACELAB_ROOT} / header)) continue;
    const auto first =
        std::find_if(file.lines.begin(), file.lines.end(),
                     [&](const std::string& line) { return line.starts_with("#include"); });
    ASSERT_NE(first, file.lines.end()) << file.name;
    EXPECT_EQ(*first, "#include <" + header + ">") << file.name;
  }
}

TEST(Repository, EachSourceIsListedInTheBuild) {
  std::string build;
  for (const SourceFile& file : all_files()) {
    if (!file.name.ends_with("CMakeLists.txt") && !file.name.ends_with(".cmake")) continue;
    for (const std::string& line : file.lines) {
      EXPECT_EQ(line.find("file(GLOB"), std::string::npos)
          << file.name << ": list sources, no globs";
      build += line + " ";
    }
  }
  for (const SourceFile& file : all_files()) {
    if (!is_cpp(file) || file.name.starts_with("tests/consumer/")) continue;
    const std::string name = fs::path{file.name}.filename().string();
    if (file.name.ends_with(".hpp") && layer_of(file.name) == 9) continue;
    EXPECT_NE(build.find(name), std::string::npos) << file.name << " is in no CMakeLists.txt";
  }
}

/// Of UTF-8 text: bytes that do not continue a character.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

TEST(Repository, LinesFitAndTextIsClean) {
  // Spelled in two halves, so that this file does not find itself.
  const std::vector<std::string> forbidden{
      "/ho"
      "me/",
      "/ro"
      "ot/",
      "/wo"
      "rk/",
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X:"};
  for (const SourceFile& file : all_files()) {
    const bool text = is_cpp(file) || file.name.ends_with(".md") || file.name.ends_with(".txt") ||
                      file.name.ends_with(".cmake") || file.name.starts_with("tools/");
    if (!text) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      EXPECT_TRUE(!is_cpp(file) || characters(line) <= 100) << file.name << ":" << i + 1;
      for (const std::string& word : forbidden) {
        EXPECT_EQ(line.find(word), std::string::npos) << file.name << ":" << i + 1 << ": " << word;
      }
    }
  }
}

/// Each row of docs/explain.md, and each name in sim/diagnose/pattern.cpp.
TEST(Repository, EachPatternIsExplained) {
  const auto matches = [](const char* file, const std::regex& expression) {
    std::set<std::string> found;
    for (const std::string& line : read_lines(fs::path{RACELAB_ROOT} / file)) {
      const std::sregex_iterator first{line.begin(), line.end(), expression};
      for (auto match = first; match != std::sregex_iterator{}; ++match) found.insert((*match)[1]);
    }
    return found;
  };
  const auto names = matches("sim/diagnose/pattern.cpp", std::regex{R"re("([^"]+)")re"});
  EXPECT_GT(names.size(), 10U);
  EXPECT_EQ(matches("docs/explain.md", std::regex{R"(^\| ([^|]+) \| [A-Z])"}), names);
}

TEST(Repository, FilesHaveOneJob) {
  constexpr std::size_t kLinesMax = 650;
  for (const SourceFile& file : all_files()) {
    EXPECT_TRUE(!is_cpp(file) || file.lines.size() <= kLinesMax) << file.name;
  }
}

}  // namespace
