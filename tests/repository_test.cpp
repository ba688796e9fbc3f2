// Applies the rules of tests/repository to all files of this repository.

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

#include <tests/repository/rules.hpp>

namespace repository {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream in{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<SourceFile> read_all_files() {
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

/// All text files that people edit, in the order of their names.
const std::vector<SourceFile>& all_files() {
  static const std::vector<SourceFile> files = read_all_files();
  return files;
}

enum class Rule { kFloors, kCircles, kMessages, kHeaders, kFrontDoors, kIdioms, kLength };

/// Where a rule does not hold yet: a file, or a directory that ends with '/'. A line whose file
/// complies fails the test, so that this table only shrinks; when you mend the last violation in
/// a place, delete its line.
struct NotYet {
  const char* place;
  Rule rule;
};
const std::vector<NotYet> kNotYet{};

bool covers(std::string_view place, std::string_view file) {
  return place.ends_with('/') ? file.starts_with(place) : file == place;
}

/// Fails for each violation of a rule that kNotYet does not cover, and each line of kNotYet that
/// covers none.
void expect_to_hold(Rule rule, const Violations& violations) {
  for (const Violation& violation : violations) {
    const bool exempt = std::any_of(kNotYet.begin(), kNotYet.end(), [&](const NotYet& not_yet) {
      return not_yet.rule == rule && covers(not_yet.place, violation.file);
    });
    EXPECT_TRUE(exempt) << violation.file << ":" << violation.line << ": " << violation.what;
  }
  for (const NotYet& not_yet : kNotYet) {
    const bool used = std::any_of(
        violations.begin(), violations.end(),
        [&](const Violation& violation) { return covers(not_yet.place, violation.file); });
    EXPECT_TRUE(used || not_yet.rule != rule)
        << not_yet.place << " complies: delete its line from kNotYet";
  }
}

Violations in_all_files(Violations (*rule)(const SourceFile&)) {
  Violations all;
  for (const SourceFile& file : all_files()) {
    const Violations found = rule(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

std::vector<SourceFile> cpp_files() {
  std::vector<SourceFile> files;
  std::copy_if(all_files().begin(), all_files().end(), std::back_inserter(files), is_cpp);
  return files;
}

TEST(Repository, RoomsIncludeOnlyWhatLiesBelowThem) {
  Violations all;
  for (const SourceFile& file : cpp_files()) {
    const Violations found = against_the_floors(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  expect_to_hold(Rule::kFloors, all);
}

TEST(Repository, HasNoCirclesBetweenRooms) {
  expect_to_hold(Rule::kCircles, circles_between_rooms(cpp_files()));
}

TEST(Repository, MessagesAreForPeople) {
  // The files that may read a text, and why.
  static const std::map<std::string, std::string> kAllowed{
      {"sim/schedule/expected_outcome.cpp", "decodes the line `expect` of schedule files"},
      {"sim/testing/testing.cpp", "a test names a part of the text that it expects"}};
  Violations found = in_all_files(parsed_messages);
  std::erase_if(found, [](const Violation& it) { return kAllowed.contains(it.file); });
  expect_to_hold(Rule::kMessages, found);
}

TEST(Repository, HeadersSayWhatTheyAreFor) {
  expect_to_hold(Rule::kHeaders, in_all_files(unexplained_header));
}

TEST(Repository, FrontDoorsOnlyInclude) {
  expect_to_hold(Rule::kFrontDoors, in_all_files(more_than_a_front_door));
}

TEST(Repository, IsWrittenInPlainEnglish) {
  expect_to_hold(Rule::kIdioms, in_all_files(idioms));
}

TEST(Repository, FilesOfTheProductAreShort) {
  expect_to_hold(Rule::kLength, in_all_files(too_long));
}

TEST(Repository, HasNoCirclesBetweenHeaders) {
  std::map<std::string, std::vector<std::string>> includes;
  for (const SourceFile& file : cpp_files()) {
    includes[file.name];
    for (const auto& [name, line] : own_includes(file)) includes[file.name].push_back(name);
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
  for (const SourceFile& file : cpp_files()) {
    for (const auto& [included, line] : own_includes(file)) {
      EXPECT_TRUE(fs::exists(fs::path{RACELAB_ROOT} / included))
          << file.name << ":" << line << ": " << included;
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
    // racelab_fuzz() takes a name without the suffix.
    const bool fuzz = file.name.starts_with("tools/fuzz/");
    const fs::path path{file.name};
    const std::string name = (fuzz ? path.stem() : path.filename()).string();
    const std::string room = room_of(file.name);
    if (file.name.ends_with(".hpp") && (room == "tools" || room == "tests")) continue;
    EXPECT_NE(build.find(name), std::string::npos) << file.name << " is in no CMakeLists.txt";
  }
}

/// The number of characters in UTF-8 text: of bytes that do not continue one.
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
    bool formatted = true;  // not in a table that the formatter leaves alone
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (line.ends_with("// clang-format off")) formatted = false;
      if (line.ends_with("// clang-format on")) formatted = true;
      EXPECT_TRUE(!is_cpp(file) || !formatted || characters(line) <= 100)
          << file.name << ":" << i + 1;
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
}  // namespace repository
