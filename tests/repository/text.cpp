#include <tests/repository/text.hpp>

#include <cctype>
#include <cstddef>
#include <string_view>

namespace repository {

namespace {

/// Reads C-like text character by character; a literal or block comment may span lines.
class CLikeReader {
 public:
  Line read(std::string_view text) {
    text_ = text;
    line_ = {};
    for (at_ = 0; at_ < text_.size();) step();
    if (state_ == State::kLiteral && end_.size() == 1 && end_ != "`") state_ = State::kCode;
    return line_;
  }

 private:
  enum class State { kCode, kLiteral, kRawLiteral, kBlockComment };

  bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

  void step() {
    switch (state_) {
      case State::kCode:
        return code();
      case State::kLiteral:
        return literal();
      case State::kRawLiteral:
        return until(end_, State::kCode, line_.code, ' ');
      case State::kBlockComment:
        return until("*/", State::kCode, line_.comment, '\0');
    }
  }

  void begin_comment() {
    if (!line_.has_comment) line_.column = at_;
    line_.has_comment = true;
  }

  void code() {
    const char c = text_[at_];
    const bool after_word = at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1]));
    if (starts("//")) {
      begin_comment();
      line_.comment += text_.substr(at_ + 2);
      at_ = text_.size();
    } else if (starts("/*")) {
      begin_comment();
      state_ = State::kBlockComment;
      at_ += 2;
    } else if (starts("R\"") && !after_word) {
      const std::size_t open = text_.find('(', at_);
      end_ = ")" + std::string{text_.substr(at_ + 2, open - at_ - 2)} + "\"";
      line_.code += '"';
      state_ = State::kRawLiteral;
      at_ = open == std::string_view::npos ? text_.size() : open + 1;
    } else if (c == '"' || c == '`' || (c == '\'' && !after_word)) {
      end_ = std::string(1, c);
      line_.code += c;
      state_ = State::kLiteral;
      ++at_;
    } else {
      line_.code += c;
      ++at_;
    }
  }

  void literal() {
    if (text_[at_] == '\\') {
      line_.code += "  ";
      at_ += 2;
    } else if (text_[at_] == end_[0]) {
      line_.code += end_;
      state_ = State::kCode;
      ++at_;
    } else {
      line_.code += ' ';
      ++at_;
    }
  }

  /// Goes to the end of what began, or to the end of the line. `fill` stands for each character;
  /// 0 keeps the character itself.
  void until(std::string_view end, State then, std::string& into, char fill) {
    if (fill == '\0') begin_comment();
    if (starts(end)) {
      if (fill != '\0') into += '"';
      at_ += end.size();
      state_ = then;
    } else {
      into += fill == '\0' ? text_[at_] : fill;
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Line line_;
  State state_ = State::kCode;
  std::string end_;
};

Line script_line(std::string_view text) {
  Line line;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\') ++i;
      if (c == quote) quote = '\0';
      line.code += c == '"' || c == '\'' ? c : ' ';
    } else if (c == '#' && (i == 0 || text[i - 1] == ' ')) {
      line.has_comment = true;
      line.column = i;
      line.comment = text.substr(i + 1);
      break;
    } else {
      if (c == '"' || c == '\'') quote = c;
      line.code += c;
    }
  }
  return line;
}

}  // namespace

std::vector<Line> split_c_like(const std::vector<std::string>& lines) {
  CLikeReader reader;
  std::vector<Line> split;
  for (const std::string& line : lines) split.push_back(reader.read(line));
  return split;
}

std::vector<Line> split_script(const std::vector<std::string>& lines) {
  std::vector<Line> split;
  for (const std::string& line : lines) split.push_back(script_line(line));
  return split;
}

}  // namespace repository
