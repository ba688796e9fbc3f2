#include <sim/report/timeline.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/printable.hpp>

namespace sim {
namespace {

constexpr std::size_t kNumberWidth = 5;
constexpr std::size_t kGap = 2;

struct Column {
  std::size_t task = 0;
  std::string title;
  std::string description;
  std::size_t width = 0;
};

/// A line of the timeline, divided into the parts that have different colours.
struct Row {
  std::size_t task = 0;
  std::string number;  ///< the number of the step, or empty
  std::string text;
  std::string marks;   ///< marks of the necessary orders
  std::string remark;  ///< about a failure; not counted in the width of the column
  bool preemption = false;
  bool local = false;  ///< not a step
  bool note = false;   ///< not an event, but a remark about the lines before it

  /// Whether the line says the same as `other`, and neither has marks or a remark.
  [[nodiscard]] bool repeats(const Row& other) const {
    return task == other.task && text == other.text && local == other.local && marks.empty() &&
           other.marks.empty() && remark.empty() && other.remark.empty();
  }
};

/// Lines that repeat: `times` times the same `period` lines, from `begin` on.
struct Repetition {
  std::size_t begin = 0;
  std::size_t period = 0;
  std::size_t times = 0;

  [[nodiscard]] std::size_t lines() const { return period * times; }
};

enum class Colour { none, dim, bold, yellow, red, magenta };

std::string coloured(std::string_view text, Colour colour) {
  constexpr std::string_view kCodes[] = {"", "2", "1", "1;33", "1;31", "35"};
  if (text.empty() || colour == Colour::none) return std::string{text};
  return fmt::format("\033[{}m{}\033[0m", kCodes[static_cast<std::size_t>(colour)], text);
}

std::string event_text(const RecordedEvent& event) {
  if (!event.shown.empty()) return escaped(event.shown);
  std::string text = event.label;
  if (!event.text.empty()) text += " " + event.text;
  if (event.failed) text += may_time_out(event.operation) ? " timed out" : " failed";
  if (!event.value.empty()) text += " = " + event.value;
  return escaped(std::move(text));
}

/// Whether the outcome belongs to one step.
bool failed_at_step(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::invariant;
}

std::vector<Row> rows_of(const Recording& recording, std::span<const Ordering> necessary) {
  std::vector<Row> rows;
  std::size_t step = 0;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    const RecordedEvent& event = recording.events[i];
    Row row{event.task,       {},  event_text(event), order_marks(i, necessary), {},
            event.preemption, true};
    if (event.is_step()) {
      row.local = false;
      row.number = fmt::format("{}", ++step);
      const bool fails = recording.failed_at == i && failed_at_step(recording.outcome);
      if (fails) row.remark = "  <-- fails here";
    }
    rows.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < recording.waiting.size(); ++i) {
    const RecordedEvent& event = recording.waiting[i];
    const std::string marks = order_marks(recording.events.size() + i, necessary);
    const bool deadlock = recording.outcome.kind == OutcomeKind::deadlock;
    rows.push_back({event.task,
                    {},
                    waiting_text(recording, event),
                    marks,
                    fmt::format("  {}{}", deadlock ? "<-- " : "", waiting_remark(recording)),
                    false,
                    !deadlock});
  }
  return rows;
}

/// The repetition that begins at row `begin` and saves most lines. `times` is 1 if nothing
/// repeats.
Repetition repetition_at(const std::vector<Row>& rows, std::size_t begin) {
  constexpr std::size_t kPeriodMax = 40;  // the longest loop that is recognized, in lines
  constexpr std::size_t kSavedMin = 4;    // fewer lines are not worth the line that says so
  Repetition best{begin, 1, 1};
  std::size_t saved = kSavedMin - 1;
  for (std::size_t period = 1; period <= kPeriodMax && begin + 2 * period <= rows.size();
       ++period) {
    std::size_t end = begin + period;
    while (end < rows.size() && rows[end].repeats(rows[end - period])) ++end;
    const Repetition found{begin, period, (end - begin) / period};
    if (found.times < 3 || found.lines() - period <= saved) continue;
    saved = found.lines() - period;
    best = found;
  }
  return best;
}

/// The line after the first `period` lines of a repetition.
Row note_of(const std::vector<Row>& rows, const Repetition& repetition) {
  Row note;
  note.note = true;
  std::size_t last = repetition.begin + repetition.lines();
  while (rows[last - 1].number.empty() && last - 1 > repetition.begin) --last;
  const std::string& step = rows[last - 1].number;
  note.text = fmt::format(
      "\u00d7 {}{}{}", with_commas(repetition.times),
      repetition.period == 1 ? std::string{} : fmt::format(": these {} lines", repetition.period),
      step.empty() ? std::string{} : fmt::format(", up to step {}", step));
  return note;
}

/// Takes lines that repeat those before them out of the timeline, and notes how often they repeat.
/// Takes time linear in the number of rows.
std::vector<Row> folded(std::vector<Row> rows) {
  std::vector<Row> kept;
  for (std::size_t i = 0; i < rows.size();) {
    const Repetition found = repetition_at(rows, i);
    std::optional<Row> note;
    if (found.times > 1) note = note_of(rows, found);
    for (std::size_t at = i; at < i + found.period; ++at) kept.push_back(std::move(rows[at]));
    if (note) kept.push_back(*std::move(note));
    i += found.lines();
  }
  return kept;
}

/// One column for each task that has something to show, in the order of tasks.
std::vector<Column> columns_of(const Recording& recording, const std::vector<Row>& rows) {
  std::vector<Column> columns;
  for (std::size_t task = 0; task < recording.tasks.size(); ++task) {
    const RecordedTask& who = recording.tasks[task];
    Column column{task, task == 0 ? "test body" : "task " + who.name, escaped(who.description), 0};
    column.width = std::max(column.title.size(), column.description.size());
    bool shown = false;
    for (const Row& row : rows) {
      if (row.task != task || row.note) continue;
      column.width = std::max(column.width, row.text.size() + row.marks.size());
      shown = true;
    }
    if (shown) columns.push_back(std::move(column));
  }
  return columns;
}

class Table {
 public:
  Table(std::vector<Column> columns, const TimelineOptions& options)
      : columns_(std::move(columns)), colours_(options.colours) {
    std::size_t total = kNumberWidth;
    for (const Column& column : columns_) total += kGap + column.width;
    narrow_ = total > options.width;
    for (const Column& column : columns_) {
      title_width_ = std::max(title_width_, column.title.size());
    }
  }

  void head(std::string& out) const {
    if (narrow_) {
      for (const Column& column : columns_) {
        if (column.description.empty()) continue;
        line(out, "", " ", 0, fmt::format("{}: {}", column.title, column.description));
      }
      return;
    }
    const bool described = std::any_of(columns_.begin(), columns_.end(),
                                       [](const Column& c) { return !c.description.empty(); });
    head_line(out, Colour::bold, [](const Column& c) { return c.title; });
    if (described) head_line(out, Colour::none, [](const Column& c) { return c.description; });
    head_line(out, Colour::dim, [](const Column& c) { return std::string(c.width, '-'); });
  }

  void row(std::string& out, const Row& row) const {
    std::size_t indent = 0;
    for (const Column& column : columns_) {
      if (column.task == row.task) {
        const std::string title =
            narrow_ ? fmt::format("{:<{}}  ", column.title, title_width_) : std::string{};
        const Colour colour = row.local           ? Colour::dim
                              : row.marks.empty() ? Colour::none
                                                  : Colour::bold;
        line(out, row.number, row.preemption ? paint("~", Colour::magenta) : " ", indent,
             title + paint(row.text, colour) + paint(row.marks, Colour::yellow) +
                 paint(row.remark, Colour::red));
        return;
      }
      if (!narrow_) indent += column.width + kGap;
    }
  }

  void note(std::string& out, std::string_view number, std::string_view text) const {
    line(out, number, " ", 0, paint(text, Colour::dim));
  }

 private:
  [[nodiscard]] std::string paint(std::string_view text, Colour colour) const {
    return coloured(text, colours_ ? colour : Colour::none);
  }

  static void line(std::string& out, std::string_view number, std::string_view gutter,
                   std::size_t indent, std::string_view text) {
    std::string one =
        fmt::format("{:>{}}{} {:{}}{}", number, kNumberWidth, gutter, "", indent, text);
    one.erase(one.find_last_not_of(' ') + 1);
    out += one + "\n";
  }

  template <class Cell>
  void head_line(std::string& out, Colour colour, Cell cell) const {
    std::string text;
    std::size_t blanks = 0;
    for (const Column& column : columns_) {
      const std::string one = cell(column);
      text += std::string(one.empty() ? 0 : blanks, ' ') + paint(one, colour);
      blanks = (one.empty() ? blanks : 0) + column.width - one.size() + kGap;
    }
    line(out, "", " ", 0, text);
  }

  std::vector<Column> columns_;
  std::size_t title_width_ = 0;
  bool narrow_ = false;
  bool colours_ = false;
};

}  // namespace

std::string order_mark(std::size_t number) {
  constexpr std::size_t kLetters = 26;
  const std::string letter(1, static_cast<char>('a' + number % kLetters));
  return number < kLetters ? letter : fmt::format("{}{}", letter, number / kLetters);
}

std::string order_marks(std::size_t event, std::span<const Ordering> necessary) {
  std::string marks;
  for (std::size_t i = 0; i < necessary.size(); ++i) {
    if (necessary[i].first == event) marks += fmt::format(" [{}>]", order_mark(i));
    if (necessary[i].second == event) marks += fmt::format(" [>{}]", order_mark(i));
  }
  return marks;
}

std::string waiting_text(const Recording& recording, const RecordedEvent& waiting) {
  if (recording.outcome.kind != OutcomeKind::deadlock) {
    return fmt::format("{} {}", waiting.label, waiting.text);
  }
  return waiting_text(waiting.operation, waiting.label, waiting.text);
}

std::string waiting_remark(const Recording& recording) {
  return recording.outcome.kind == OutcomeKind::deadlock ? "forever" : "too late";
}

std::size_t timeline_lines(const Recording& recording, const TimelineOptions& options) {
  return folded(rows_of(recording, options.necessary)).size();
}

std::string timeline(const Recording& recording, const TimelineOptions& options) {
  const std::vector<Row> rows = folded(rows_of(recording, options.necessary));
  const Table table{columns_of(recording, rows), options};
  std::string out;
  table.head(out);
  const std::size_t left_out =
      rows.size() - std::min(rows.size(), options.events_max.value_or(rows.size()));
  const std::size_t gap_begin = (rows.size() - left_out) / 2;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i < gap_begin || i >= gap_begin + left_out) {
      rows[i].note ? table.note(out, "", rows[i].text) : table.row(out, rows[i]);
    } else if (i == gap_begin) {
      table.note(out, "...", fmt::format("{} lines left out", left_out));
    }
  }
  if (recording.preemptions() > 0) {
    table.note(out, "~", "a preemption: the task before could have continued");
  }
  return out;
}

}  // namespace sim
