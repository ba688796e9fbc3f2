#include <sim/report/cause.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sim/base/printable.hpp>

namespace sim {
namespace {

constexpr const char* kDataRace =
    "Both accesses could be made at the same time: no lock, no store that releases and load that "
    "acquires what it stored, no spawn and no join lies between them.";

constexpr const char* kEndless =
    "An execution that reaches the bound on steps is explained only if no fair schedule ends it: "
    "see what its last steps wait for. A loop that waits should call sim::yield(), or be replaced "
    "by sim::await().";

std::string who(const std::string& task) {
  return task == "0" ? "the test body" : "task " + task;
}

std::string who(const Recording& recording, const RecordedEvent& event) {
  return who(recording.tasks[event.task].name);
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](auto end) { return word.ends_with(end); });
}

/// An operation as a verb phrase: "reads x", or "does a compare_exchange on x" if its label is not
/// a verb.
std::string does(const TaskAction& action) {
  const auto& [task, label, object, kind, on_clock] = action;
  if (on_clock) return only_reads(kind) ? "asks for the time" : "ends its sleep";
  const std::string_view phrase = row_of(kind).does;
  if (!phrase.empty()) return fmt::format(fmt::runtime(phrase), object);
  if (label.find('_') != std::string::npos) return fmt::format("does a {} on {}", label, object);
  const bool hisses = ends_with_any(label, {"s", "x", "ch", "sh"});
  const bool consonant_y =
      label.size() > 1 && label.back() == 'y' &&
      std::string_view{"aeiou"}.find(label[label.size() - 2]) == std::string_view::npos;
  if (consonant_y) return fmt::format("{}ies {}", label.substr(0, label.size() - 1), object);
  return fmt::format("{}{} {}", label, hisses ? "es" : "s", object);
}

std::string does(const RecordedEvent& event, const std::string& object) {
  if (event.is_step() && event.failed && may_time_out(event.operation)) {
    return fmt::format("times out in {} on {}", event.label, object);
  }
  return does(TaskAction{{}, event.label, object, event.operation, event.object == kClock});
}

/// Whether the step found its object as it was and left it so.
bool only_looks(const RecordedEvent& event) {
  return !event.entry().is_write();
}

std::size_t step_number(const Recording& recording, std::size_t event) {
  const auto end = recording.events.begin() + static_cast<std::ptrdiff_t>(event) + 1;
  return static_cast<std::size_t>(
      std::count_if(recording.events.begin(), end, [](const auto& e) { return e.is_step(); }));
}

/// The text in lines of at most `width` characters, indented, with `mark` before the first line.
std::string wrapped(std::string_view text, std::string_view mark, std::size_t width) {
  constexpr std::size_t kIndent = 8;
  std::string out;
  std::string line = fmt::format("{:>5}   ", mark);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (line.size() + 1 + word.size() > width && line.size() > kIndent) {
      out += line + "\n";
      line.assign(kIndent, ' ');
    }
    if (line.size() > kIndent) line += ' ';
    line += word;
    at = end + 1;
  }
  return out + line + "\n";
}

/// Who repeats which steps, and which writes would end that.
std::string livelock_text(const Recording& recording, const Livelock& livelock) {
  std::string tasks;
  std::string objects;
  std::vector<std::size_t> known_tasks;
  std::vector<ObjectId> read;
  std::vector<ObjectId> written;
  const std::size_t end = livelock.begin + livelock.period;
  for (std::size_t i = livelock.begin; i < end; ++i) {
    const RecordedEvent& event = recording.events[i];
    if (event.is_step() && event.entry().is_write()) written.push_back(event.object);
  }
  for (std::size_t i = livelock.begin; i < end; ++i) {
    const RecordedEvent& event = recording.events[i];
    if (!event.is_step()) continue;
    if (std::find(known_tasks.begin(), known_tasks.end(), event.task) == known_tasks.end()) {
      known_tasks.push_back(event.task);
      tasks += (tasks.empty() ? "" : " and ") + who(recording, event);
    }
    const bool is_known = std::find(read.begin(), read.end(), event.object) != read.end() ||
                          std::find(written.begin(), written.end(), event.object) != written.end();
    if (is_known || !only_looks(event)) continue;
    read.push_back(event.object);
    objects += (objects.empty() ? "" : " or ") + event.text;
  }
  const std::size_t first = step_number(recording, livelock.begin);
  const std::size_t last = step_number(recording, end - 1);
  const std::string steps =
      first == last ? fmt::format("step {}", first) : fmt::format("steps {} to {}", first, last);
  std::string text =
      fmt::format("{} repeat{} {} without end.", tasks, known_tasks.size() == 1 ? "s" : "", steps);
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (objects.empty()) return text;
  return text + fmt::format(" Another task would have to write {}, and none does.", objects);
}

}  // namespace

std::string order_text(const ActionOrder& order) {
  const auto text = [](const TaskAction& action) { return who(action.task) + " " + does(action); };
  return text(order.first) + " before " + text(order.second);
}

std::string order_text(const Recording& recording, const Ordering& order) {
  const RecordedEvent& first = recording.event_or_waiting(order.first);
  const RecordedEvent& second = recording.event_or_waiting(order.second);
  std::string text =
      fmt::format("{} {} (step {}) before {} ", who(recording, first), does(first, first.text),
                  step_number(recording, order.first), who(recording, second));
  const bool same_object = first.text == second.text;
  const bool is_made = order.second < recording.events.size();
  if (!is_made && recording.outcome.kind != OutcomeKind::deadlock) {
    return text + does(second, same_object ? "it" : second.text);
  }
  if (!is_made) {
    const bool same = same_object && first.label == second.label;
    return text + (same ? "can" : fmt::format("can {} {}", second.label, second.text));
  }
  return text + fmt::format("{} (step {})", does(second, same_object ? "it" : second.text),
                            step_number(recording, order.second));
}

std::string cause_sentence(const Recording& recording, const Explanation& why) {
  if (why.race) return kDataRace;
  std::string text;
  for (std::size_t i = 0; i < why.necessary.size(); ++i) {
    const bool last = i + 1 == why.necessary.size();
    if (i > 0) text += last ? ", and " : ", ";
    text += order_text(recording, why.necessary[i]);
  }
  return text;
}

std::string cause_strength(const Explanation& why) {
  if (why.race) return kDataRace;
  const std::string run = fmt::format("{} execution{} run", with_commas(why.executions),
                                      why.executions == 1 ? " was" : "s were");
  if (why.necessary.empty()) {
    if (why.conflict_free()) {
      return "No two steps of different tasks conflict before it: their order does not matter.";
    }
    if (!why.whole) return fmt::format("No order could be shown to be necessary ({}).", run);
    if (why.reversible == why.examined) {
      return fmt::format("It also fails in this way with each order reversed alone ({}).", run);
    }
    return fmt::format(
        "No order by itself is necessary: of {} orders, {} can be reversed alone and it still "
        "fails "
        "in this way, and no execution that reverses one of the others alone passes ({}).",
        why.examined, why.reversible, run);
  }
  const bool one = why.necessary.size() == 1;
  return fmt::format("{} necessary: no execution with {} reversed fails in this way ({}{}).",
                     one ? "This order is" : "Each of these orders is", one ? "it" : "it alone",
                     run, why.whole ? ", all there are" : "");
}

namespace {

/// Whether all steps are those of one task.
bool is_of_one_task(const Recording& recording) {
  const RecordedEvent* first = nullptr;
  for (const RecordedEvent& event : recording.events) {
    if (!event.is_step()) continue;
    if (first == nullptr) first = &event;
    if (event.task != first->task) return false;
  }
  return true;
}

}  // namespace

std::string cause_text(const Recording& recording, const Explanation& why,
                       const TimelineOptions& options) {
  const auto coloured = [&](std::string_view text, std::string_view code) {
    return options.colours ? fmt::format("\033[1;{}m{}\033[0m", code, text) : std::string{text};
  };
  if (recording.outcome.kind == OutcomeKind::step_bound && !why.livelock) {
    return wrapped(kEndless, {}, options.width);
  }
  const bool is_named = why.pattern != FailurePattern::unknown;
  if (!is_named && why.conflict_free()) return {};
  // What one task does alone has no order to explain.
  if (!is_named && why.necessary.empty() && is_of_one_task(recording)) return {};
  if (!is_named && why.necessary.empty()) {
    return coloured("NO SINGLE CAUSE", "33") + "\n" +
           wrapped(cause_strength(why), {}, options.width);
  }
  std::string text = coloured("FAILS BECAUSE", "33");
  if (is_named) text += "  " + coloured(to_string(why.pattern), "33");
  text += "\n";
  for (std::size_t i = 0; i < why.necessary.size(); ++i) {
    const bool last = i + 1 == why.necessary.size();
    text += wrapped(order_text(recording, why.necessary[i]) + (last ? "." : ", and"), order_mark(i),
                    options.width);
  }
  if (why.livelock) text += wrapped(livelock_text(recording, *why.livelock), {}, options.width);
  if (why.livelock && why.necessary.empty()) return text;
  return text + wrapped(cause_strength(why), {}, options.width);
}

}  // namespace sim
