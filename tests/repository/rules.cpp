#include <tests/repository/rules.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include <tests/repository/text.hpp>

namespace repository {

namespace {

/// Each room may include itself and the rooms before it in this table. "sim" is the front doors,
/// "http" what lies directly in http/; each directory in these two is a room and has its row.
constexpr std::array kFloors{
    "sim/base",     "sim/memory",  "sim/engine",   "sim/sync",   "sim/runtime", "sim/schedule",
    "sim/search",   "sim/process", "sim/diagnose", "sim/report", "sim/history", "sim/testing",
    "sim/examples", "sim",         "bank",         "http/web",   "http/server", "http/telemetry",
    "http/lab",     "http/api",    "http/service", "http",       "tools",       "tests"};

/// Directories with rooms of their own; what is below any other belongs to one room.
bool has_rooms(std::string_view top) {
  return top == "sim" || top == "http";
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_product(const SourceFile& file) {
  return file.name.starts_with("sim/") || file.name.starts_with("bank/") ||
         file.name.starts_with("http/") || file.name.starts_with("tools/");
}

bool is_front_door(std::string_view name) {
  return name.starts_with("sim/") &&
         (name.find('/', 4) == std::string_view::npos || name.starts_with("sim/strategies/") ||
          name.starts_with("sim/checks/"));
}

/// `text` without leading and trailing white space, and with one space for each run of it.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!space) result += c;
    if (space && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return text;
}

}  // namespace

bool is_cpp(const SourceFile& file) {
  return file.name.ends_with(".cpp") || file.name.ends_with(".hpp");
}

std::string room_of(std::string_view name) {
  if (is_front_door(name)) return "sim";
  const std::size_t top = name.find('/');
  const std::size_t room = name.find('/', top + 1);
  const bool whole = !has_rooms(name.substr(0, top)) || room == std::string_view::npos;
  return std::string{name.substr(0, whole ? top : room)};
}

int floor_of(std::string_view room) {
  const auto* const found = std::find(kFloors.begin(), kFloors.end(), room);
  return found == kFloors.end() ? -1 : static_cast<int>(found - kFloors.begin());
}

std::vector<std::pair<std::string, std::size_t>> own_includes(const SourceFile& file) {
  static constexpr std::array kTops{"sim/", "bank/", "http/", "tools/", "tests/"};
  std::vector<std::pair<std::string, std::size_t>> found;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string line = squeezed(file.lines[i]);
    if (!line.starts_with("#include <")) continue;
    const std::string name = line.substr(10, line.find('>') - 10);
    const bool own = std::any_of(kTops.begin(), kTops.end(),
                                 [&](const char* top) { return name.starts_with(top); });
    if (own) found.emplace_back(name, i + 1);
  }
  return found;
}

Violations against_the_floors(const SourceFile& file) {
  Violations found;
  const std::string room = room_of(file.name);
  if (floor_of(room) < 0) found.push_back({file.name, 0, room + " is not in the table of floors"});
  for (const auto& [included, line] : own_includes(file)) {
    const std::string from = room_of(included);
    // The front doors lie above all rooms of sim, so a room that uses one is found here, too.
    const bool down = floor_of(from) <= floor_of(room);
    if (!down) found.push_back({file.name, line, room + " lies below " + from + ": " + included});
  }
  return found;
}

Violations circles_between_rooms(const std::vector<SourceFile>& files) {
  std::map<std::string, std::set<std::string>> uses;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.name);
    uses[room];
    for (const auto& [included, line] : own_includes(file)) {
      if (const std::string from = room_of(included); from != room) uses[room].insert(from);
    }
  }
  const auto is_used = [&](const std::string& room) {
    return std::any_of(uses.begin(), uses.end(),
                       [&](const auto& other) { return other.second.contains(room); });
  };
  // A room is taken away once all that it uses is gone, or all that use it; what is left at the
  // end is in a circle, or between two.
  for (bool changed = true; changed;) {
    changed = std::erase_if(uses, [&](const auto& room) {
                return !is_used(room.first) ||
                       std::none_of(room.second.begin(), room.second.end(),
                                    [&](const std::string& used) { return uses.contains(used); });
              }) > 0;
  }
  Violations found;
  for (const auto& [room, used] : uses) found.push_back({room, 0, "is in a circle of rooms"});
  return found;
}

namespace {

/// What is done at `at` in `code`, after the name of a text, if it reads the text: "" if not.
std::string reading(std::string_view code, std::size_t at) {
  static constexpr std::array kReads{"find",         "rfind",         "find_first_of", "substr",
                                     "starts_with",  "ends_with",     "compare",       "contains",
                                     "find_last_of", "remove_prefix", "remove_suffix"};
  while (at < code.size() && code[at] == ' ') ++at;
  if (code.substr(at).starts_with("== \"") || code.substr(at).starts_with("!= \"")) {
    return "compared with a literal";
  }
  const std::size_t dot = code.substr(at).starts_with("->") ? 2 : 1;
  if (at >= code.size() || (code[at] != '.' && dot == 1)) return "";
  for (const std::string_view name : kReads) {
    const bool here = code.substr(at + dot).starts_with(name);
    if (here && code.substr(at + dot + name.size()).starts_with('(')) return std::string{name};
  }
  return "";
}

}  // namespace

Violations parsed_messages(const SourceFile& file) {
  static constexpr std::array kTexts{"message", "cause", "summary()", "what()"};
  Violations found;
  if (!is_cpp(file) || !is_product(file)) return found;
  const std::vector<Line> lines = split_c_like(file.lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // The formatter may begin the next line with the dot.
    const std::string own = squeezed(lines[i].code);
    const std::string next = i + 1 < lines.size() ? squeezed(lines[i + 1].code) : "";
    const std::string code = own + (next.starts_with('.') ? next : "");
    for (const std::string_view text : kTexts) {
      for (std::size_t at = code.find(text); at < own.size(); at = code.find(text, at + 1)) {
        const bool begins = at == 0 || !is_word(code[at - 1]);
        const std::size_t end = at + text.size();
        const bool ends = end >= code.size() || !is_word(code[end]);
        const std::string read = begins && ends ? reading(code, end) : "";
        if (!read.empty()) found.push_back({file.name, i + 1, std::string{text} + ": " + read});
      }
    }
    const bool regex = code.find("regex_search(") != std::string::npos ||
                       code.find("regex_match(") != std::string::npos;
    for (const std::string_view text : kTexts) {
      if (regex && code.find(text) != std::string::npos) {
        found.push_back({file.name, i + 1, std::string{text} + ": matched with an expression"});
      }
    }
  }
  return found;
}

Violations unexplained_header(const SourceFile& file) {
  const bool checked = file.name.starts_with("sim/") || file.name.starts_with("http/");
  if (!checked || !file.name.ends_with(".hpp")) return {};
  std::string text;
  std::size_t words = 0;
  for (std::size_t i = 1; i < file.lines.size(); ++i) {
    const std::string line = squeezed(file.lines[i]);
    if (line.empty() && text.empty()) continue;
    if (!line.starts_with("//") || line.starts_with("///")) break;
    text += squeezed(line.substr(2)) + " ";
  }
  words = static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
  const bool sentence = text.find(". ") != std::string::npos;
  if (words >= 6 && sentence) return {};
  return {{file.name, 2, "say in a full sentence, before the includes, what the header is for"}};
}

Violations more_than_a_front_door(const SourceFile& file) {
  Violations found;
  if (!is_cpp(file) || !is_front_door(file.name)) return found;
  if (!file.name.ends_with(".hpp")) found.push_back({file.name, 0, "a source: give it a room"});
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string line = squeezed(file.lines[i]);
    const bool fits = line.empty() || line == "#pragma once" || line.starts_with("#include <") ||
                      line.starts_with("//");
    if (!fits) found.push_back({file.name, i + 1, "a front door only includes: " + line});
  }
  return found;
}

namespace {

enum class Language { kNone, kCLike, kScript, kProse, kOther };

Language language_of(const SourceFile& file) {
  const auto ends = [&](std::string_view with) { return file.name.ends_with(with); };
  const auto in = [&](std::string_view with) { return file.name.find(with) != std::string::npos; };
  // These two spell out what they forbid.
  if (in("swagger-ui/") || in("tests/repository/")) return Language::kNone;
  if (ends(".cpp") || ends(".hpp") || ends(".js") || ends(".cpp.in")) return Language::kCLike;
  if (ends(".py") || ends(".sh") || ends(".cmake") || ends("CMakeLists.txt") || ends(".cmake.in") ||
      ends(".yml") || ends("Dockerfile")) {
    return Language::kScript;
  }
  if (ends(".md")) return Language::kProse;
  if (ends(".html") || ends(".css") || ends("openapi.json")) return Language::kOther;
  const bool script = !file.lines.empty() && file.lines.front().starts_with("#!");
  return script ? Language::kScript : Language::kNone;
}

/// The lines of a document that are not program output: those outside ```console and ```text.
std::vector<std::string> without_output(const std::vector<std::string>& lines) {
  std::vector<std::string> kept;
  bool output = false;
  for (const std::string& line : lines) {
    const std::string text = squeezed(line);
    if (output) {
      output = text != "```";
    } else {
      output = text == "```console" || text == "```text";
    }
    kept.push_back(output ? "" : line);
  }
  return kept;
}

/// A line without the mark of a comment that it begins with, so that phrases go on across lines.
std::string without_mark(std::string_view line) {
  std::string text = squeezed(line);
  const std::size_t first = text.find_first_not_of("/#*<! ");
  const bool marked = text.starts_with("//") || text.starts_with("#") || text.starts_with("* ");
  if (marked) text = first == std::string::npos ? "" : text.substr(first);
  return text;
}

Violations phrases(const SourceFile& file, const std::vector<std::string>& lines) {
  static constexpr std::array kPhrases{"is none", "are none", "likewise", "such a one", "for ever"};
  std::string all;
  std::vector<std::size_t> ends;
  for (std::string line : lines) {
    // This one is Python.
    for (std::size_t at = 0; (at = line.find("is None", at)) != std::string::npos;)
      line.erase(at, 2);
    all += lower(without_mark(line)) + " ";
    // Two literals side by side are one text.
    if (all.ends_with("\" ")) all.resize(all.size() - 2);
    ends.push_back(all.size());
  }
  for (std::size_t at = all.find("\"\""); at != std::string::npos; at = all.find("\"\"", at)) {
    all.replace(at, 2, "  ");
  }
  Violations found;
  for (const std::string_view phrase : kPhrases) {
    for (std::size_t at = all.find(phrase); at != std::string::npos;
         at = all.find(phrase, at + 1)) {
      const std::size_t end = at + phrase.size();
      const bool whole = (at == 0 || !is_word(all[at - 1])) && !is_word(all[end]);
      const auto line = std::upper_bound(ends.begin(), ends.end(), at) - ends.begin();
      if (whole) {
        found.push_back({file.name, static_cast<std::size_t>(line) + 1, std::string{phrase}});
      }
    }
  }
  return found;
}

Violations comments_that_begin_with_of(const SourceFile& file, const std::vector<Line>& lines) {
  Violations found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    // A comment goes on in the next line, in the same column.
    const bool goes_on = i > 0 && lines[i - 1].has_comment && squeezed(line.code).empty() &&
                         lines[i - 1].column == line.column &&
                         !squeezed(lines[i - 1].comment).empty();
    std::string text = lower(line.comment);
    text.erase(0, text.find_first_not_of("/#*<! "));
    if (line.has_comment && !goes_on && text.starts_with("of ")) {
      found.push_back({file.name, i + 1, "a comment begins with \"Of\""});
    }
  }
  return found;
}

}  // namespace

Violations idioms(const SourceFile& file) {
  const Language language = language_of(file);
  if (language == Language::kNone) return {};
  const bool prose = language == Language::kProse;
  Violations found = phrases(file, prose ? without_output(file.lines) : file.lines);
  Violations begins;
  if (language == Language::kCLike) {
    begins = comments_that_begin_with_of(file, split_c_like(file.lines));
  } else if (language == Language::kScript) {
    begins = comments_that_begin_with_of(file, split_script(file.lines));
  }
  found.insert(found.end(), begins.begin(), begins.end());
  return found;
}

Violations too_long(const SourceFile& file) {
  constexpr std::size_t kLinesMax = 400;
  if (!is_cpp(file) || !is_product(file) || file.lines.size() <= kLinesMax) return {};
  return {{file.name, 0, std::to_string(file.lines.size()) + " lines; split it by concept"}};
}

}  // namespace repository
