#include <sim/report/timeline.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

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

std::string event_text(const RecordedEvent& event) {
  std::string text = event.label;
  if (!event.text.empty()) text += " " + event.text;
  if (event.failed) text += " failed";
  if (!event.value.empty()) text += " = " + event.value;
  return text;
}

/// One column for each task that has something to show, in the order of tasks.
std::vector<Column> columns_of(const Recording& recording) {
  std::vector<Column> columns;
  for (std::size_t task = 0; task < recording.tasks.size(); ++task) {
    const RecordedTask& who = recording.tasks[task];
    Column column{task, task == 0 ? "test body" : "task " + who.name, who.description, 0};
    column.width = std::max(column.title.size(), column.description.size());
    bool shown = false;
    for (const RecordedEvent& event : recording.events) {
      if (event.task != task) continue;
      column.width = std::max(column.width, event_text(event).size());
      shown = true;
    }
    if (shown) columns.push_back(std::move(column));
  }
  return columns;
}

void append_line(std::string& out, std::string_view number, std::size_t indent,
                 std::string_view text) {
  std::string line = fmt::format("{:>{}}{:{}}{}", number, kNumberWidth, "", kGap + indent, text);
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

class Table {
 public:
  explicit Table(std::vector<Column> columns, std::size_t width) : columns_(std::move(columns)) {
    std::size_t total = kNumberWidth;
    for (const Column& column : columns_) total += kGap + column.width;
    narrow_ = total > width;
  }

  void head(std::string& out) const {
    if (narrow_) {
      for (const Column& column : columns_) {
        if (column.description.empty()) continue;
        append_line(out, "", 0, fmt::format("{}: {}", column.title, column.description));
      }
      return;
    }
    const bool described = std::any_of(columns_.begin(), columns_.end(),
                                       [](const Column& c) { return !c.description.empty(); });
    row(out, [](const Column& c) { return c.title; });
    if (described) row(out, [](const Column& c) { return c.description; });
    row(out, [](const Column& c) { return std::string(c.width, '-'); });
  }

  void event(std::string& out, std::string_view number, const RecordedEvent& event,
             std::string_view remark) const {
    std::size_t indent = 0;
    for (const Column& column : columns_) {
      if (column.task == event.task) {
        const std::string title =
            narrow_ ? fmt::format("{:<{}}  ", column.title, title_width()) : "";
        append_line(out, number, indent, title + event_text(event) + std::string{remark});
        return;
      }
      if (!narrow_) indent += column.width + kGap;
    }
  }

 private:
  template <class Cell>
  void row(std::string& out, Cell cell) const {
    std::string line;
    for (const Column& column : columns_) {
      line += fmt::format("{:<{}}{:{}}", cell(column), column.width, "", kGap);
    }
    append_line(out, "", 0, line);
  }
  [[nodiscard]] std::size_t title_width() const {
    std::size_t width = 0;
    for (const Column& column : columns_) width = std::max(width, column.title.size());
    return width;
  }

  std::vector<Column> columns_;
  bool narrow_ = false;
};

/// The step that a failure is pinned to: the last one, where a task's step or code failed.
bool failed_at_step(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::invariant;
}

}  // namespace

std::string timeline(const Recording& recording, std::size_t width,
                     std::optional<std::size_t> events_max) {
  const Table table{columns_of(recording), width};
  std::string out;
  table.head(out);
  const std::size_t all = recording.events.size();
  const std::size_t left_out = all - std::min(all, events_max.value_or(all));
  const std::size_t gap_begin = (all - left_out) / 2;
  const std::size_t last = recording.steps();
  std::size_t step = 0;
  for (std::size_t i = 0; i < all; ++i) {
    const RecordedEvent& event = recording.events[i];
    const bool is_step = event.kind == RecordedEvent::Kind::step;
    if (is_step) ++step;
    if (i >= gap_begin && i < gap_begin + left_out) {
      if (i == gap_begin) append_line(out, "...", 0, fmt::format("{} lines left out", left_out));
      continue;
    }
    const bool here = is_step && step == last && failed_at_step(recording.outcome);
    table.event(out, is_step ? fmt::format("{}", step) : "", event, here ? "  <-- fails here" : "");
  }
  return out;
}

}  // namespace sim
