#include <tools/racelab/export/svg.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/base/printable.hpp>
#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>

namespace racelab {
namespace {

// In units of the picture, which are pixels at its own size.
constexpr double kCharacter = 7.8;  ///< of the font at 13, a little more than most are wide
constexpr double kProse = 7.4;      ///< of prose, which is set at 14
constexpr double kTitle = 10.7;     ///< of the title
constexpr double kRow = 24;
constexpr double kMargin = 24;
constexpr double kNumbers = 38;  ///< the column of the step numbers
constexpr double kDot = 5;       ///< its radius
constexpr double kTextFromDot = 14;
constexpr double kBetweenColumns = 44;
constexpr double kWidthMin = 560;
constexpr double kLetter = 22;        ///< the column of the orders' letters
constexpr std::size_t kCellMax = 56;  ///< characters; of more the end is left out

constexpr std::string_view kStyle = R"(
  .paper { fill: #fcfcfb; stroke: #e0e0dc }
  text { fill: #1f2328; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
    white-space: pre }
  .said { font: 14px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
  .title { font-size: 17px; font-weight: 600 }
  .task { font-weight: 600 }
  .small { font-size: 12px }
  .muted { fill: #5b636d }
  .cell { paint-order: stroke; stroke: #fcfcfb; stroke-width: 4px; stroke-linejoin: round }
  .failing { fill: #b3261e }
  .because { fill: #a84b00; font-weight: 600 }
  .line { stroke: #e0e0dc }
  .preemption { stroke: #9aa1a9; stroke-dasharray: 3 3 }
  .dot { fill: #fcfcfb; stroke: #1f5fa8; stroke-width: 2 }
  .writes { fill: #1f5fa8 }
  .mark { fill: #9aa1a9; stroke: none }
  .waits { stroke: #b3261e; stroke-dasharray: 2 2 }
  .fails { fill: #b3261e; stroke: #b3261e }
  .order { fill: none; stroke: #9aa1a9; opacity: 0.6 }
  .tip { fill: #9aa1a9; opacity: 0.7 }
  .order.necessary { stroke: #a84b00; stroke-width: 2; opacity: 1 }
  .tip.necessary { fill: #a84b00; opacity: 1 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #16191d; stroke: #31373e }
    text { fill: #e3e6ea }
    .muted { fill: #a0a8b2 }
    .cell { stroke: #16191d }
    .failing { fill: #ff8f85 }
    .because { fill: #f0a45a }
    .line { stroke: #31373e }
    .preemption, .order { stroke: #69727d }
    .dot { fill: #16191d; stroke: #82b4f0 }
    .writes { fill: #82b4f0 }
    .mark, .tip { fill: #69727d }
    .mark { stroke: none }
    .waits { stroke: #ff8f85 }
    .fails { fill: #ff8f85; stroke: #ff8f85 }
    .order.necessary { stroke: #f0a45a }
    .tip.necessary { fill: #f0a45a }
  }
)";

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// `text` as UTF-8 that XML allows, and without line ends.
std::string clean(std::string text) {
  using nlohmann::json;
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  text = sim::printable(json::parse(quoted).get<std::string>());
  // U+FFFE and U+FFFF are no characters to XML; U+FFFD is.
  for (const char* const none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (std::size_t at = 0; (at = text.find(none, at)) != std::string::npos;)
      text[at + 2] = '\xBD';
  }
  return text;
}

/// Clean text as the inside of an element or of an attribute.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// How many characters wide clean text is. Those of East Asia are as wide as two.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) {
    if (!continues_character(c)) width += static_cast<unsigned char>(c) >= 0xE1 ? 2 : 1;
  }
  return width;
}

/// How many bytes of clean text are at most `width` wide; at least one character.
std::size_t bytes_within(std::string_view text, std::size_t width) {
  std::size_t fits = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    if (end < text.size() && continues_character(text[end])) continue;
    if (fits > 0 && width_of(text.substr(0, end)) > width) break;
    fits = end;
  }
  return fits;
}

std::string shortened(std::string text, std::size_t width = kCellMax) {
  if (width_of(text) <= width) return text;
  return text.substr(0, bytes_within(text, width - 1)) + "…";
}

/// Lines of at most `width` characters, broken at spaces where there are some.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (width_of(text) > width) {
    std::size_t end = bytes_within(text, width);
    const std::size_t space = text.substr(0, end + 1).rfind(' ');
    if (space != std::string_view::npos && space > 0) end = space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

std::string event_text(const sim::RecordedEvent& event) {
  std::string text = event.label;
  if (!event.text.empty()) text += " " + event.text;
  if (event.failed) text += " failed";
  if (!event.value.empty()) text += " = " + event.value;
  return shortened(clean(std::move(text)));
}

std::string waiting_words(const sim::Recording& recording, const sim::RecordedEvent& waiting) {
  return shortened(clean(waiting_text(recording, waiting))) + ", " + waiting_remark(recording);
}

struct Column {
  std::string title;
  std::string description;
  std::size_t width = 0;  ///< in characters
  double x = 0;           ///< of its dots
  bool shown = false;
};

/// Where an event is drawn.
struct Place {
  double x = 0;
  double y = 0;
  std::string text;
  std::string marks;  ///< of necessary orders
  [[nodiscard]] double text_end() const {
    return x + kTextFromDot + static_cast<double>(width_of(text)) * kCharacter;
  }
  [[nodiscard]] double right() const {
    return text_end() + static_cast<double>(width_of(marks)) * kCharacter + 5;
  }
};

class Picture {
 public:
  explicit Picture(const sim::ShownExecution& shown)
      : shown_(shown), recording_(shown.recording), failing_(failing_event(shown.recording)) {
    if (shown.why) necessary_ = shown.why->necessary;
    lay_out_columns();
    draw_title();
    draw_tasks();
    draw_events();
    if (!failing_) draw_verdict();
    draw_caption();
  }

  [[nodiscard]] std::string document() const {
    const double height = y_ + 6;  // the last line's depth, and the margin
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" role=\"img\" aria-labelledby=\"racelab-title racelab-desc\">\n"
        "<title id=\"racelab-title\">{2}</title>\n<desc id=\"racelab-desc\">{3}</desc>\n"
        "<style>{4}</style>\n"
        "<rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"{5:g}\" height=\"{6:g}\" rx=\"6\"/>\n",
        width_, height, escaped(title()), escaped(description()), kStyle, width_ - 1, height - 1);
    return out + back_ + front_ + "</svg>\n";
  }

 private:
  [[nodiscard]] std::string title() const {
    const std::string& scenario = shown_.schedule.scenario;
    const std::string& name = scenario.empty() ? shown_.file : scenario;
    return name.empty() ? "A recorded execution" : clean(name);
  }

  [[nodiscard]] std::string because() const {
    const auto& why = shown_.why;
    const std::string sentence = why ? cause_sentence(recording_, *why) : "";
    if (sentence.empty()) return "";
    const std::string pattern{to_string(why->pattern)};
    return "Fails because " + clean(sentence) + (pattern.empty() ? "" : " (" + pattern + ")") + ".";
  }

  [[nodiscard]] std::string description() const {
    std::string text = fmt::format("An execution of {} steps: {}.", recording_.steps(),
                                   clean(recording_.outcome.summary()));
    return because().empty() ? text : text + " " + because();
  }

  void lay_out_columns() {
    columns_.resize(recording_.tasks.size());
    for (std::size_t at = 0; at < rows(); ++at) {
      Column& column = columns_[recording_.event_or_waiting(at).task];
      column.width = std::max(column.width, width_of(row_text(at)) + width_of(marks(at)));
      column.shown = true;
    }
    double x = kMargin + kNumbers;
    for (std::size_t task = 0; task < columns_.size(); ++task) {
      Column& column = columns_[task];
      if (!column.shown) continue;
      column.title = shortened(clean(task_title(recording_.tasks[task])));
      column.description = shortened(clean(recording_.tasks[task].description));
      column.width = std::max({column.width, width_of(column.title), width_of(column.description)});
      column.x = x;
      x += kTextFromDot + static_cast<double>(column.width) * kCharacter + kBetweenColumns;
    }
    width_ = std::max(kWidthMin, std::ceil(x - kBetweenColumns + kMargin));
  }

  void draw_title() {
    said(title(), "title", kMargin, kTitle);
    const std::string& found_by = shown_.schedule.found_by;
    if (!found_by.empty()) said("found by " + clean(found_by), "muted", kMargin);
    y_ += 9;
  }

  void draw_tasks() {
    bool described = false;
    for (const Column& column : columns_) {
      if (!column.shown) continue;
      text(column.x - kDot, y_, "task", column.title);
      text(column.x - kDot, y_ + kRow - 5, "muted small", column.description);
      described |= !column.description.empty();
    }
    y_ += described ? kRow + 5 : 9;
    line(back_, "line", kMargin, y_, width_ - kMargin, y_);
    y_ += kRow;
  }

  /// The events and, behind them, what is waited for.
  [[nodiscard]] std::size_t rows() const {
    return recording_.events.size() + recording_.waiting.size();
  }

  [[nodiscard]] bool is_waiting(std::size_t row) const { return row >= recording_.events.size(); }

  [[nodiscard]] std::string row_text(std::size_t row) const {
    const sim::RecordedEvent& event = recording_.event_or_waiting(row);
    return is_waiting(row) ? waiting_words(recording_, event) : event_text(event);
  }

  [[nodiscard]] std::string marks(std::size_t row) const { return order_marks(row, necessary_); }

  void draw_events() {
    const double top = y_ - kRow / 2;
    std::size_t step = 0;
    for (std::size_t at = 0; at < rows(); ++at) {
      const sim::RecordedEvent& event = recording_.event_or_waiting(at);
      const bool is_step = event.is_step() && !is_waiting(at);
      if (event.preemption) draw_preemption(at);
      places_.push_back({columns_[event.task].x, y_, row_text(at), marks(at)});
      if (is_step) ++step;
      draw_row(at, is_step ? fmt::format("{}", step) : std::string{});
      y_ += kRow;
      if (failing_ == at) draw_verdict();
    }
    for (const Column& column : columns_) {
      if (column.shown) line(back_, "line", column.x, top, column.x, y_ - kRow / 2);
    }
    draw_orders();
  }

  void draw_preemption(std::size_t at) {
    const std::string whom =
        at == 0 ? "" : " of " + task_title(recording_.tasks[recording_.events[at - 1].task]);
    const std::string words = shortened(clean("preemption" + whom));
    const double text_x = kMargin + kNumbers + kTextFromDot;
    const double text_end = text_x + static_cast<double>(width_of(words)) * kCharacter;
    line(back_, "preemption", kMargin, y_ - 4, text_x - 6, y_ - 4);
    text(text_x, y_, "cell muted small", words);
    line(back_, "preemption", text_end, y_ - 4, width_ - kMargin, y_ - 4);
    y_ += kRow - 2;
  }

  void draw_row(std::size_t at, const std::string& number) {
    const sim::RecordedEvent& event = recording_.event_or_waiting(at);
    const Place& place = places_.back();
    fmt::format_to(std::back_inserter(front_),
                   "<text class=\"muted\" x=\"{:g}\" y=\"{:g}\" text-anchor=\"end\">{}</text>\n",
                   kMargin + 22, place.y, number);
    fmt::format_to(std::back_inserter(front_),
                   "<circle class=\"dot{}\" cx=\"{:g}\" cy=\"{:g}\" r=\"{:g}\"/>\n", dot_class(at),
                   place.x, place.y - 4.5, event.is_step() ? kDot : 2.5);
    const bool for_ever = recording_.outcome.kind == sim::OutcomeKind::deadlock;
    const bool red = failing_ == at || (is_waiting(at) && for_ever);
    text(place.x + kTextFromDot, place.y,
         red               ? "cell failing"
         : event.is_step() ? "cell"
                           : "cell muted",
         place.text);
    if (place.marks.empty()) return;
    text(place.text_end() + kCharacter, place.y, "cell because", place.marks.substr(1));
  }

  [[nodiscard]] std::string_view dot_class(std::size_t at) const {
    const sim::RecordedEvent& event = recording_.event_or_waiting(at);
    if (failing_ == at) return " fails";
    if (is_waiting(at))
      return recording_.outcome.kind == sim::OutcomeKind::deadlock ? " waits" : " mark";
    if (!event.is_step()) return " mark";
    return event.entry().is_write() ? " writes" : "";
  }

  void draw_orders() {
    for (const sim::Ordering& order : sim::conflict_edges(recording_)) {
      const bool again = std::find(necessary_.begin(), necessary_.end(), order) != necessary_.end();
      if (!again) draw_order(order, "");
    }
    for (const sim::Ordering& order : necessary_) draw_order(order, " necessary");
  }

  /// From behind a step's text to the dot of one further right, from a dot to behind the text of
  /// one further left: mostly where nothing is written.
  void draw_order(const sim::Ordering& order, std::string_view kind) {
    const Place& from = places_.at(order.first);
    const Place& to = places_.at(order.second);
    const double way = from.x < to.x ? 1 : -1;
    const double x1 = way > 0 ? from.right() : from.x - kDot - 3;
    const double x2 = way > 0 ? to.x - kDot - 3 : to.right();
    const double y1 = from.y - 4.5;
    const double y2 = to.y - 4.5;
    const double bend = way * std::max(18.0, std::abs(x2 - x1) / 2);
    const double end = x2 - way * 6;
    fmt::format_to(
        std::back_inserter(back_),
        "<path class=\"order{0}\" d=\"M{1:g} {2:g}C{3:g} {2:g} {4:g} {5:g} {6:g} {5:g}\"/>\n"
        "<path class=\"tip{0}\" d=\"M{7:g} {5:g}l{8:g} -3.5v7z\"/>\n",
        kind, x1, y1, x1 + bend, end - bend, y2, end, x2, -way * 8);
  }

  void draw_verdict() {
    const sim::Outcome& outcome = recording_.outcome;
    if (!outcome.failed()) return;
    const std::string summary = clean(outcome.summary());
    std::string_view rest = summary;
    if (outcome.kind == sim::OutcomeKind::deadlock) {
      // Who waits for what, a line each.
      for (std::size_t end = 0; (end = rest.find("; task ")) != std::string_view::npos;) {
        said(rest.substr(0, end + 1), "cell failing", kMargin + kNumbers - kDot);
        rest.remove_prefix(end + 2);
      }
    }
    said(rest, "cell failing", kMargin + kNumbers - kDot);
    y_ += 3;
  }

  void draw_caption() {
    y_ += 4;
    for (const std::string& state : recording_.state) {
      text(kMargin + kNumbers - kDot, y_, "muted", shortened(clean(state), characters(kNumbers)));
      y_ += kRow;
    }
    if (!shown_.why) return;
    y_ += 8;
    draw_cause(*shown_.why);
  }

  /// As the terminal has it.
  void draw_cause(const sim::Explanation& why) {
    if (!necessary_.empty() || why.pattern == sim::FailurePattern::data_race) {
      const std::string pattern{to_string(why.pattern)};
      said("Fails because" + (pattern.empty() ? "" : ": " + pattern), "because", kMargin);
    }
    for (std::size_t i = 0; i < necessary_.size(); ++i) {
      text(kMargin, y_, "because", sim::order_mark(i));
      const bool last = i + 1 == necessary_.size();
      said(clean(order_text(recording_, necessary_[i])) + (last ? "." : ", and"), "order-text",
           kMargin + kLetter);
    }
    said(cause_strength(why), "muted", kMargin);
  }

  [[nodiscard]] std::size_t characters(double from) const {
    return static_cast<std::size_t>((width_ - 2 * kMargin - from) / kCharacter);
  }

  /// Prose of as many lines as it needs.
  void said(std::string_view words, std::string_view kind, double x, double character = kProse) {
    const std::size_t room = static_cast<std::size_t>((width_ - x - kMargin) / character);
    for (const std::string& part : wrapped(words, room)) {
      text(x, y_, fmt::format("said {}", kind), part);
      y_ += kRow - 3;
    }
  }

  void text(double x, double y, std::string_view kind, const std::string& words) {
    if (words.empty()) return;
    fmt::format_to(std::back_inserter(front_),
                   "<text class=\"{}\" x=\"{:g}\" y=\"{:g}\">{}</text>\n", kind, x, y,
                   escaped(words));
  }

  static void line(std::string& out, std::string_view kind, double x1, double y1, double x2,
                   double y2) {
    fmt::format_to(std::back_inserter(out), "<path class=\"{}\" d=\"M{:g} {:g}L{:g} {:g}\"/>\n",
                   kind, x1, y1, x2, y2);
  }

  const sim::ShownExecution& shown_;
  const sim::Recording& recording_;
  std::vector<Column> columns_;
  std::vector<sim::Ordering> necessary_;
  std::vector<Place> places_;           ///< of each row
  std::optional<std::size_t> failing_;  ///< an index of its events
  double width_ = 0;
  double y_ = kMargin + 16;  ///< the base line of what comes next
  std::string back_;         ///< lines and arrows
  std::string front_;        ///< texts and dots
};

}  // namespace

std::string svg_image(const sim::ShownExecution& shown) {
  return Picture{shown}.document();
}

}  // namespace racelab
