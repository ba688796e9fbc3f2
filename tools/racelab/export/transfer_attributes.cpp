#include <tools/racelab/export/transfer_attributes.hpp>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <tools/racelab/export/timeline.hpp>

namespace racelab {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

/// The balance of an account at the first step of a task on it, and after the last one.
struct Seen {
  std::optional<double> first;
  std::optional<double> last;
};

Seen seen_by(const sim::Recording& recording, std::size_t task, const std::string& account) {
  const std::string balance = account + ".balance";
  Seen seen;
  for (const sim::RecordedEvent& event : recording.events) {
    if (!event.is_step() || event.task != task || event.text != balance) continue;
    seen.last = number_in(event.value);
    if (!seen.first) seen.first = seen.last;
  }
  return seen;
}

}  // namespace

sim::SpanAttributes transfer_attributes(const sim::ShownExecution& shown, std::size_t task) {
  const sim::RecordedTask& recorded = shown.recording.tasks[task];
  const std::vector<std::string> words = words_of(recorded.description);
  if (words.size() != 4 || words[0] != "transfer") return {};
  const std::optional<double> amount = number_in(words[3]);
  if (!amount) return {};
  sim::SpanAttributes all{{"transfer.id", recorded.name},
                          {"transfer.from_account", words[1]},
                          {"transfer.to_account", words[2]},
                          {"transfer.amount", *amount}};
  for (const sim::HeaderLine& line : shown.schedule.program) {
    if (line.key == "algorithm") all.emplace_back("transfer.algorithm", line.value);
  }
  const Seen from = seen_by(shown.recording, task, words[1]);
  const Seen to = seen_by(shown.recording, task, words[2]);
  if (from.first) all.emplace_back("transfer.from_balance_before", *from.first);
  if (from.last) all.emplace_back("transfer.from_balance_after", *from.last);
  if (to.last) all.emplace_back("transfer.to_balance_after", *to.last);
  if (from.last && *from.last < 0) {
    all.emplace_back("race_condition.detected", true);
    all.emplace_back("race_condition.negative_balance", *from.last);
  }
  return all;
}

}  // namespace racelab
