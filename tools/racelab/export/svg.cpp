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

#include <sim/report/cause.hpp>
#include <sim/report/timeline.hpp>
#include <tools/racelab/export/svg_style.hpp>
#include <tools/racelab/export/svg_text.hpp>

namespace racelab {
namespace {

// Lengths in user units, which are pixels when the picture is shown at its own size. The first
// three are the widths of a character, a little more than the average of the font.
constexpr double kCharacter = 7.8;  ///< in cells, set at 13 px
constexpr double kProse = 7.4;      ///< in prose, set at 14 px
constexpr double kTitle = 10.7;     ///< in the title
constexpr double kRow = 24;
constexpr double kMargin = 24;
constexpr double kNumbers = 38;  ///< width of the column with the step numbers
constexpr double kDot = 5;       ///< radius of a step's dot
constexpr double kTextFromDot = 14;
constexpr double kBetweenColumns = 44;
constexpr double kWidthMin = 560;
constexpr double kLetter = 22;  ///< width of the column with the letters of the orders

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
  double x = 0;           ///< horizontal position of the dots
  bool shown = false;
};

/// Where an event is drawn.
struct Place {
  double x = 0;
  double y = 0;
  std::string text;
  std::string marks;  ///< as " [a>]" if the event belongs to a necessary order; otherwise empty
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
    const double height = y_ + 6;  // room for descenders, and the margin
    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" role=\"img\" aria-labelledby=\"racelab-title racelab-desc\">\n"
        "<title id=\"racelab-title\">{2}</title>\n<desc id=\"racelab-desc\">{3}</desc>\n"
        "<style>{4}</style>\n"
        "<rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"{5:g}\" height=\"{6:g}\" rx=\"6\"/>\n",
        width_, height, escaped(title()), escaped(description()), kSvgStyle, width_ - 1,
        height - 1);
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

  /// The number of rows: one for each event, then one for each operation still waiting.
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
    const bool deadlock = recording_.outcome.kind == sim::OutcomeKind::deadlock;
    const bool red = failing_ == at || (is_waiting(at) && deadlock);
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

  /// An arrow to the right starts after the text of the first step and ends at the dot of the
  /// second; an arrow to the left starts at the dot and ends after the text. Both mostly cross
  /// empty space.
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
    const std::vector<std::string> clauses = outcome.clauses();
    for (std::size_t i = 0; i < clauses.size(); ++i) {
      said(clean(clauses[i]) + (i + 1 < clauses.size() ? ";" : ""), "cell failing",
           kMargin + kNumbers - kDot);
    }
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

  /// The same text as `racelab show` prints in a terminal.
  void draw_cause(const sim::Explanation& why) {
    if (!necessary_.empty() || why.pattern != sim::FailurePattern::unknown) {
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

  /// Draws prose, broken into as many lines as it needs.
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
  std::vector<Place> places_;           ///< one for each row
  std::optional<std::size_t> failing_;  ///< index of the row that failed
  double width_ = 0;
  double y_ = kMargin + 16;  ///< base line of the next row
  std::string back_;         ///< lines and arrows
  std::string front_;        ///< texts and dots
};

}  // namespace

std::string svg_image(const sim::ShownExecution& shown) {
  return Picture{shown}.document();
}

}  // namespace racelab
