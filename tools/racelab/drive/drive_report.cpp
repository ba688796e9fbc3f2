#include <tools/racelab/drive/drive_report.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include <fmt/format.h>

#include <bank/transfer.hpp>
#include <sim/report/timeline.hpp>
#include <sim/schedule/recording.hpp>
#include <tools/racelab/report.hpp>

namespace racelab {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& json) {
  return json.is_string() ? json.get<std::string>() : std::string{};
}

std::string money_text(const ordered_json& number) {
  return fmt::format("{:.2f}", number.get<double>());
}

/// The lock operation of a deadlocked task, which is not executed.
sim::RecordedEvent waiting_event(std::size_t task, const std::string& lock) {
  sim::RecordedEvent event;
  event.task = task;
  event.label = bank::words::kLock;
  event.text = lock;
  event.operation = sim::OperationKind::lock;
  return event;
}

/// The steps made on the server, as a recording that timeline() can show.
sim::Recording recording_of(const http::DrivePlan& plan, const ordered_json& report) {
  sim::Recording recording;
  recording.tasks.push_back({"0", ""});
  const ordered_json& waits = report.at("waits");
  if (!waits.empty()) recording.outcome.kind = sim::OutcomeKind::deadlock;
  for (const ordered_json& task : report.at("tasks")) {
    const std::string number = fmt::format("{}", task.at("task").get<std::size_t>());
    const http::TransferOrder order = plan.order(recording.tasks.size() - 1);
    const std::string thread = text_of(task.at("thread_id"));
    recording.tasks.push_back(
        {number, fmt::format("{} to {} {}, {}", order.from, order.to, order.amount,
                             thread.empty() ? "did not start" : "thread " + thread)});
  }
  const auto task_of = [&](const ordered_json& event) {
    const auto task = event.at("task").get<std::size_t>();
    if (task < recording.tasks.size()) return task;
    throw std::runtime_error(fmt::format("the server's report has no task {}", task));
  };
  for (const ordered_json& wait : waits) {
    recording.waiting.push_back(waiting_event(task_of(wait), wait.at("lock")));
  }
  for (const ordered_json& step : report.at("steps")) {
    if (!step.at("done").get<bool>()) break;
    sim::RecordedEvent event;
    event.task = task_of(step);
    event.label = step.at("operation").get<std::string>();
    event.text = step.at("object").get<std::string>();
    event.value = text_of(step.at("found"));
    event.failed = step.at("failed").get<bool>();
    recording.events.push_back(std::move(event));
  }
  return recording;
}

std::string balances_table(const http::DrivePlan& plan, const ordered_json& accounts) {
  constexpr std::size_t kMoney = 14;
  std::size_t width = std::string_view{"balance of"}.size();
  for (const auto& account : plan.balances) width = std::max(width, account.id.size());
  std::string text =
      fmt::format("{:<{}}{:>{}}{:>{}}\n", "balance of", width, "simulated", kMoney, "live", kMoney);
  for (std::size_t i = 0; i < plan.balances.size(); ++i) {
    const auto& account = plan.balances[i];
    const std::string live = i < accounts.size() ? money_text(accounts[i].at("balance")) : "";
    text +=
        fmt::format("{:<{}}{:>{}}{:>{}}{}\n", printable(account.id), width, account.balance, kMoney,
                    live, kMoney, live == to_string(account.balance) ? "" : "  <-- differs");
  }
  return text;
}

std::string verdict_text(const http::DrivePlan& plan, const Driven& driven) {
  switch (driven.verdict) {
    case Driven::Verdict::agree:
      return fmt::format(
          "SIMULATOR AND SERVER AGREE: {} steps, their values, the end and the balances\n",
          plan.steps.size());
    case Driven::Verdict::differ:
      return fmt::format("SIMULATOR AND SERVER DIFFER\n  {}\n", printable(driven.problem));
    default:
      return fmt::format("SCHEDULE NOT COMPLETED\n  {}\n", printable(driven.problem));
  }
}

std::string row_text(const std::string& name, const DrivenTraces::Row& row) {
  return fmt::format("{:<12} {:>8} {:>8} {:>8} {:>8} {:>11}\n", name, with_commas(row.driven),
                     with_commas(row.steps), with_commas(row.agree), with_commas(row.differ),
                     with_commas(row.incomplete));
}

ordered_json row_json(const DrivenTraces::Row& row) {
  return {{"driven", row.driven},
          {"steps", row.steps},
          {"agree", row.agree},
          {"differ", row.differ},
          {"incomplete", row.incomplete}};
}

double rate(const DrivenTraces& traces) {
  return traces.seconds > 0 ? static_cast<double>(traces.all().driven) / traces.seconds : 0;
}

}  // namespace

std::string driven_text(const http::DrivePlan& plan, const Driven& driven) {
  sim::TimelineOptions options;
  options.width = terminal_width();
  options.colours = terminal_has_colours();
  std::string text = "what happened on the server:\n\n";
  text += sim::timeline(recording_of(plan, driven.report), options);
  text += "\n" + balances_table(plan, driven.report.at("accounts"));
  text += fmt::format("\nsimulated  {}\n", printable(plan.expect));
  return text + verdict_text(plan, driven);
}

DrivenTraces::Row DrivenTraces::all() const {
  Row sum;
  for (const auto& [kind, row] : rows) {
    sum.driven += row.driven;
    sum.steps += row.steps;
    sum.agree += row.agree;
    sum.differ += row.differ;
    sum.incomplete += row.incomplete;
  }
  return sum;
}

std::string traces_text(const DrivenTraces& traces) {
  std::string text = fmt::format("{:<12} {:>8} {:>8} {:>8} {:>8} {:>11}\n", "outcome", "driven",
                                 "steps", "agree", "differ", "incomplete");
  for (const auto& [kind, row] : traces.rows) text += row_text(kind, row);
  const DrivenTraces::Row all = traces.all();
  text += row_text("all", all) + "\n";
  for (const auto& other : traces.disagreements) {
    text += fmt::format("{}\n  {}\n", printable(other.problem),
                        other.file.empty() ? "its schedule could not be written" : other.file);
  }
  const std::string often =
      traces.times == 1 ? "driven" : fmt::format("each driven {} times", with_commas(traces.times));
  text += traces.complete
              ? fmt::format("complete: {} traces, {}", with_commas(traces.traces), often)
              : fmt::format("not complete: {} driven", with_commas(all.driven));
  text += fmt::format("; {:.1f} s, {:.0f} a second\n", traces.seconds, rate(traces));
  return text;
}

ordered_json traces_json(const DrivenTraces& traces) {
  ordered_json json = {{"traces", traces.traces}, {"times", traces.times}};
  json.update(row_json(traces.all()));
  json["complete"] = traces.complete;
  json["outcomes"] = ordered_json::object();
  for (const auto& [kind, row] : traces.rows) json["outcomes"][kind] = row_json(row);
  json["disagreements"] = ordered_json::array();
  for (const auto& other : traces.disagreements) {
    json["disagreements"].push_back(
        {{"schedule", other.file.empty() ? ordered_json(nullptr) : ordered_json(other.file)},
         {"problem", other.problem}});
  }
  json["seconds"] = traces.seconds;
  json["driven_per_second"] = rate(traces);
  return json;
}

}  // namespace racelab
