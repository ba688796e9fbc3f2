#include <sim/report/cause.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sim/base/printable.hpp>

namespace sim {
namespace {

constexpr const char* kDataRace =
    "Both accesses could be made at the same time: no lock, no store that releases and load that "
    "acquires what it stored, no spawn and no join lies between them.";

std::string who(const std::string& task) {
  return task == "0" ? "the test body" : "task " + task;
}

std::string who(const Recording& recording, const RecordedEvent& event) {
  return who(recording.tasks[event.task].name);
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](auto end) { return word.ends_with(end); });
}

/// An operation as a verb phrase: "reads x", or "does a compare_exchange on x" if the word is not a
/// verb.
std::string does(const std::string& label, const std::string& object) {
  if (label == "wait") return "begins to wait for " + object;
  if (label == "notify_one" || label == "notify_all") return "notifies " + object;
  if (label == "wake") return "stops waiting for " + object;
  if (label == "sleep") return "ends its sleep";
  if (label == "now") return "asks for the time";
  if (label == "arrive") return "arrives at " + object;
  if (label == "lock_shared") return fmt::format("locks {} shared", object);
  if (label == "unlock_shared") return fmt::format("unlocks {} shared", object);
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
  return does(event.label, object);
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

}  // namespace

std::string order_text(const ActionOrder& order) {
  const auto text = [](const TaskAction& action) {
    return who(action.task) + " " + does(action.operation, action.object);
  };
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
    if (!why.exhaustive) return fmt::format("No order could be shown to be necessary ({}).", run);
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
                     run, why.exhaustive ? ", all there are" : "");
}

std::string cause_text(const Recording& recording, const Explanation& why,
                       const TimelineOptions& options) {
  const auto coloured = [&](std::string_view text, std::string_view code) {
    return options.colours ? fmt::format("\033[1;{}m{}\033[0m", code, text) : std::string{text};
  };
  if (recording.outcome.kind == OutcomeKind::step_bound) {
    return wrapped("An endless execution is not explained: see what its last steps wait for.", {},
                   options.width);
  }
  const bool is_named = why.pattern != FailurePattern::unknown;
  if (!is_named && why.conflict_free()) return {};
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
  return text + wrapped(cause_strength(why), {}, options.width);
}

}  // namespace sim
