#include <sim/schedule/text_format.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <sim/schedule/text_syntax.hpp>

namespace sim {
namespace {

using namespace text_syntax;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// Why a line is malformed. It is thrown and caught in this file only, so that each rule of the
/// grammar is one line of code.
struct Failure {
  std::size_t column;
  std::string message;
};

/// Reads one line from left to right.
class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  [[nodiscard]] bool done() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }
  [[nodiscard]] std::size_t column() const { return at_ + 1; }
  [[noreturn]] void fail(std::string message) const { throw Failure{column(), std::move(message)}; }

  /// Takes the next word, escapes and all, and the blanks after it. `what` names it in a message.
  std::string_view raw_word(std::string_view what) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_])) ++at_;
    if (begin == at_) fail(fmt::format("expected {}, found the end of the line", what));
    const std::string_view word = text_.substr(begin, at_ - begin);
    skip_blanks();
    return word;
  }
  /// Takes the next word, with its escapes replaced.
  std::string word(std::string_view what) {
    const std::size_t begin = at_;
    return unescape(raw_word(what), begin);
  }
  /// Takes the rest of the line, without blanks at its end.
  std::string rest() {
    const std::size_t begin = at_;
    std::string_view text = text_.substr(at_);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    at_ = text_.size();
    return unescape(text, begin);
  }
  /// Takes `wanted` and the blanks after it if it is the next word. Returns whether it was.
  bool take(std::string_view wanted) {
    const std::size_t end = at_ + wanted.size();
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    if (end < text_.size() && !is_blank(text_[end])) return false;
    at_ = end;
    skip_blanks();
    return true;
  }
  /// Takes a task: numbers with dots between them.
  std::string task() {
    const std::size_t begin = at_;
    const std::string_view word = raw_word("a task");
    bool digit_before = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const bool dot = word[i] == '.' && digit_before && i + 1 < word.size();
      if (!is_digit(word[i]) && !dot) {
        at_ = begin + i;
        fail(fmt::format(
            "\"{}\" is not a task: a task is a number, or numbers with dots, as in 2 or 2.1",
            escape(word, false)));
      }
      digit_before = is_digit(word[i]);
    }
    return std::string{word};
  }
  std::uint32_t number(std::string_view what) {
    const std::size_t begin = at_;
    const std::string_view word = raw_word(what);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) {
      at_ = begin;
      fail(fmt::format("expected {}, found \"{}\"", what, escape(word, false)));
    }
    return value;
  }
  void expect_done() const {
    if (!done()) fail(fmt::format("unexpected \"{}\"", escape(text_.substr(at_), false)));
  }

 private:
  std::string unescape(std::string_view text, std::size_t begin) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        out += text[i];
        continue;
      }
      const auto high = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      const auto low = i + 3 < text.size() ? hex_digit(text[i + 3]) : std::nullopt;
      if (i + 1 >= text.size() || text[i + 1] != 'x' || !high || !low) {
        at_ = begin + i;
        fail("a backslash starts an escape \\xNN, two hexadecimal digits");
      }
      out += static_cast<char>(*high * 16 + *low);
      i += 3;
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::variant<Schedule, ScheduleError> parse() {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    try {
      while (!text_.empty()) parse_line(take_line());
      if (!started_)
        throw Failure{1, fmt::format("the file is empty: its first line must be \"{} {}\"", kMagic,
                                     kVersion)};
      if (!ended_)
        throw Failure{last_length_ + 1,
                      "the file is truncated: a schedule closes with the line \"end\""};
    } catch (Failure& failure) {
      return ScheduleError{std::max<std::size_t>(line_, 1), failure.column,
                           std::move(failure.message)};
    }
    return std::move(schedule_);
  }

 private:
  std::string_view take_line() {
    ++line_;
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    last_length_ = line.size();
    return line;
  }

  void parse_line(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (is_control(text[i]) && text[i] != '\t') {
        throw Failure{i + 1, fmt::format("control character 0x{:02x}: is this a text file?",
                                         static_cast<unsigned char>(text[i]))};
      }
    }
    Line line{text};
    line.skip_blanks();
    if (!started_) {
      parse_magic(line);
    } else if (line.done() || line.peek() == '#') {
      return;
    } else if (ended_) {
      line.fail("nothing may follow the line \"end\"");
    } else if (is_digit(line.peek())) {
      parse_step(line);
    } else if (line.take("choice")) {
      parse_choice(line);
    } else if (line.take("end")) {
      line.expect_done();
      ended_ = true;
    } else {
      parse_header(line);
    }
  }

  void parse_magic(Line& line) {
    if (!line.take(kMagic)) {
      line.fail(fmt::format("this is not a schedule: its first line must be \"{} {}\"", kMagic,
                            kVersion));
    }
    const std::size_t column = line.column();
    const std::string version = line.word("a version");
    if (version != kVersion) {
      throw Failure{column,
                    fmt::format("version \"{}\" of the format; this racelab reads version {}",
                                escape(version, false), kVersion)};
    }
    line.expect_done();
    started_ = true;
  }

  void parse_header(Line& line) {
    if (!is_lower(line.peek())) {
      line.fail(
          "expected a step (it starts with a task's number), \"choice\", \"end\" or a header line");
    }
    if (!schedule_.entries.empty()) line.fail("a header line may not follow the first step");
    const std::size_t key_column = line.column();
    HeaderLine header;
    header.line = line_;
    header.key = line.word("a key");
    const auto key_char = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
    if (!std::all_of(header.key.begin(), header.key.end(), key_char)) {
      throw Failure{key_column, fmt::format("\"{}\" is not a key of a header line: a key has only "
                                            "lower-case letters, digits and hyphens",
                                            escape(header.key, false))};
    }
    header.column = line.column();
    header.value = line.rest();
    if (header.value.empty()) line.fail(fmt::format("\"{}\" has no value", header.key));
    if (header.key == "scenario") {
      set_once(schedule_.scenario, header, key_column);
      schedule_.scenario_line = header.line;
      schedule_.scenario_column = header.column;
    } else if (header.key == "found-by") {
      set_once(schedule_.found_by, header, key_column);
    } else if (header.key == "replay") {
      std::string mode = has_mode_ ? "given" : "";
      const std::size_t column = header.column;
      set_once(mode, header, key_column);
      set_mode(mode, column);
    } else if (header.key == "timeouts") {
      set_bound(schedule_.bounds.timeouts, header, key_column);
    } else if (header.key == "spurious") {
      set_bound(schedule_.bounds.spurious, header, key_column);
    } else if (header.key == "expect") {
      std::string text = schedule_.expect ? schedule_.expect->text : std::string{};
      set_once(text, header, key_column);
      schedule_.expect.emplace(std::move(text));
    } else {
      schedule_.program.push_back(std::move(header));
    }
  }

  void set_bound(std::uint32_t& bound, const HeaderLine& header, std::size_t key_column) {
    if (!bounds_.insert(header.key).second) throw Failure{key_column, again(header)};
    Line value{header.value};
    try {
      bound = value.number("a number");
      value.expect_done();
    } catch (Failure& failure) {
      failure.column += header.column - 1;
      throw;
    }
    if (bound <= kBoundMax) return;
    throw Failure{header.column, fmt::format("\"{}\" is at most {}", header.key, kBoundMax)};
  }

  void set_mode(std::string_view word, std::size_t column) {
    has_mode_ = true;
    for (const ReplayMode mode : kReplayModes) {
      if (word != to_string(mode)) continue;
      schedule_.mode = mode;
      return;
    }
    throw Failure{column, fmt::format("\"{}\" is not a way to replay: expected \"strict\", "
                                      "\"follow\" or \"through\"",
                                      escape(word, false))};
  }

  static void set_once(std::string& field, HeaderLine& header, std::size_t column) {
    if (!field.empty()) throw Failure{column, again(header)};
    field = std::move(header.value);
  }
  static std::string again(const HeaderLine& header) {
    return fmt::format("duplicate header line \"{}\"", header.key);
  }

  void parse_step(Line& line) {
    ScheduledStep step;
    step.task = line.task();
    step.operation = line.word("an operation");
    step.object = line.word("an object");
    step.failed = line.take("failed");
    if (line.take("=")) {
      step.value = line.rest();
      if (step.value->empty()) line.fail("expected a value after \"=\"");
    }
    line.expect_done();
    schedule_.entries.push_back({std::move(step), line_});
  }

  void parse_choice(Line& line) {
    ScheduledChoice choice;
    choice.task = line.task();
    const std::size_t column = line.column();
    const std::string word = line.word("a kind of choice");
    const std::optional<ChoiceKind> kind = choice_kind(word);
    if (!kind) {
      throw Failure{column,
                    fmt::format("\"{}\" is not a kind of choice: expected \"{}\", \"{}\" or \"{}\"",
                                escape(word, false), to_string(ChoiceKind::value),
                                to_string(ChoiceKind::notify), to_string(ChoiceKind::spurious))};
    }
    choice.kind = *kind;
    if (kind == ChoiceKind::notify) {
      if (!line.take("->") || !line.take("task")) line.fail("expected \"-> task\" and its number");
      choice.woken = line.task();
    } else if (kind == ChoiceKind::spurious) {
      const bool arrow = line.take("->");
      const bool yes = arrow && line.take("yes");
      if (!yes && (!arrow || !line.take("no"))) line.fail("expected \"-> no\" or \"-> yes\"");
      choice.index = yes ? 1 : 0;
    } else {
      if (!line.take("->")) line.fail("expected \"->\" and an index");
      choice.index = line.number("an index");
    }
    line.expect_done();
    schedule_.entries.push_back({std::move(choice), line_});
  }

  std::string_view text_;
  std::size_t line_ = 0;
  std::size_t last_length_ = 0;
  bool started_ = false;
  bool ended_ = false;
  bool has_mode_ = false;
  std::set<std::string> bounds_;  ///< the keys of the bounds that were read
  Schedule schedule_;
};

}  // namespace

std::variant<Schedule, ScheduleError> parse_schedule(std::string_view text) {
  return Parser{text}.parse();
}

}  // namespace sim
