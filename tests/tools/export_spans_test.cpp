// A recorded execution as a trace for Perfetto and as spans, as `racelab show` writes them.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sim/diagnose/explanation.hpp>
#include <sim/report/shown_execution.hpp>
#include <tests/tools/fixture.hpp>
#include <tests/tools/process.hpp>
#include <tools/racelab/export/otlp.hpp>
#include <tools/racelab/export/perfetto.hpp>

namespace racelab_test {
namespace {

using nlohmann::json;
using sim::ShownExecution;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::system_clock::time_point kBegin{std::chrono::seconds{1'700'000'000}};

sim::RecordedEvent step(std::size_t task, const char* label, sim::OperationKind kind,
                        const char* object, std::uint32_t id, const char* value) {
  sim::RecordedEvent event;
  event.task = task;
  event.label = label;
  event.text = object;
  event.value = value;
  event.operation = kind;
  event.object = sim::ObjectId{id};
  return event;
}

sim::RecordedEvent mark(std::size_t task, const char* label, const char* text) {
  sim::RecordedEvent event;
  event.kind = sim::RecordedEvent::Kind::mark;
  event.task = task;
  event.label = label;
  event.text = text;
  return event;
}

/// Two transfers of 800 from alice, who has 1000; the test body has done nothing.
ShownExecution double_spend() {
  using enum sim::OperationKind;
  ShownExecution shown;
  shown.file = "x.schedule";
  shown.schedule.scenario = "bank/double-spend";
  shown.schedule.program = {{"algorithm", "check-then-act", 0, 0}};
  sim::Recording& recording = shown.recording;
  recording.tasks = {
      {"0", ""}, {"1", "transfer alice bob 800.00"}, {"2", "transfer alice charlie 800.00"}};
  recording.events = {
      step(1, "read", load, "alice.balance", 1, "1000.00"),
      mark(1, "check", "1000.00 >= 800.00? yes"),
      step(2, "read", load, "alice.balance", 1, "1000.00"),
      mark(2, "check", "1000.00 >= 800.00? yes"),
      mark(2, "note", "two of them"),
      step(1, "deduct", read_modify_write, "alice.balance", 1, "200.00"),
      step(1, "credit", read_modify_write, "bob.balance", 2, "1300.00"),
      step(2, "deduct", read_modify_write, "alice.balance", 1, "-600.00"),
  };
  recording.events[5].preemption = true;
  recording.outcome.describe(sim::InvariantViolation{"no account is negative", "alice = -600.00"});
  return shown;
}

/// double_spend() with a cause: the read of task 2 must come before the deduction of task 1.
ShownExecution explained() {
  ShownExecution shown = double_spend();
  shown.why.emplace();
  shown.why->necessary = {{2, 5}};
  shown.why->pattern = sim::FailurePattern::check_then_act;
  return shown;
}

/// A deadlock: the first transfer holds a lock that the second transfer waits for, which is the
/// necessary order; the test body waits as well.
ShownExecution deadlock() {
  ShownExecution shown = double_spend();
  sim::Recording& recording = shown.recording;
  recording.events = {step(1, "lock", sim::OperationKind::lock, "alice.lock", 3, ""),
                      step(2, "read", sim::OperationKind::load, "alice.balance", 1, "1000.00")};
  recording.waiting = {step(0, "wait", sim::OperationKind::await, "start", 4, ""),
                       step(2, "lock", sim::OperationKind::lock, "alice.lock", 3, "")};
  const sim::TaskRef first{sim::task_at(1), "1"};
  const sim::TaskRef second{sim::task_at(2), "2"};
  const sim::WaitsToExecute wait{
      sim::OperationKind::lock, "lock", {sim::ObjectId{3}, "alice.lock"}, {{first, false}}};
  recording.outcome.describe(sim::Deadlock{{{second, wait}}});
  shown.why.emplace();
  shown.why->necessary = {{0, 3}};
  return shown;
}

/// An execution with hostile text in every name and value.
ShownExecution hostile() {
  const std::string text{"\xff\"\\\n\x1b</script>\0\xc3", 16};
  ShownExecution shown = explained();
  shown.file = text;
  shown.schedule.scenario = text;
  shown.recording.tasks[1].description = text;
  for (sim::RecordedEvent& event : shown.recording.events) {
    event.label = text;
    event.text = text;
    event.value = text;
  }
  sim::FailedCheck check{{}, text, {}};
  check.where.file = text;
  shown.recording.outcome.describe(sim::AssertionFailure{std::move(check)});
  return shown;
}

// ---------------------------------------------------------------------------------------------
// Perfetto

std::vector<json> trace_events(const ShownExecution& shown, std::string_view phase) {
  const json trace = json::parse(racelab::perfetto_trace(shown));
  std::vector<json> all;
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == phase) all.push_back(event);
  }
  return all;
}

/// The slice that contains the middle of an event; fails the test if no slice does.
json slice_around(const std::vector<json>& slices, const json& event) {
  for (const json& slice : slices) {
    const double begin = slice.at("ts");
    const double end = begin + slice.at("dur").get<double>();
    const double time = event.at("ts");
    if (slice.at("tid") == event.at("tid") && begin < time && time < end) return slice;
  }
  ADD_FAILURE() << "in no slice: " << event;
  return nullptr;
}

/// The pairs of step numbers that flows of a category connect.
std::set<std::pair<int, int>> flows(const ShownExecution& shown, std::string_view category) {
  const std::vector<json> slices = trace_events(shown, "X");
  // A viewer connects events with the same id, category and name.
  std::map<std::string, int> begun;
  const auto key = [](const json& flow) {
    return flow.at("id").dump() + flow.at("cat").dump() + flow.at("name").dump();
  };
  for (const json& flow : trace_events(shown, "s")) {
    const int number = slice_around(slices, flow).at("args").at("step");
    EXPECT_TRUE(begun.emplace(key(flow), number).second) << flow;
  }
  std::set<std::pair<int, int>> found;
  for (const json& flow : trace_events(shown, "f")) {
    EXPECT_EQ(flow.at("bp"), "e") << "else it goes to the next slice";
    EXPECT_TRUE(begun.contains(key(flow))) << flow;
    if (flow.at("cat") != category) continue;
    found.emplace(begun[key(flow)], slice_around(slices, flow).at("args").at("step").get<int>());
  }
  return found;
}

TEST(PerfettoTrace, HasWhatTheFormatAsksForOfEachEvent) {
  for (const ShownExecution& shown :
       {double_spend(), explained(), deadlock(), hostile(), ShownExecution{}}) {
    const json trace = json::parse(racelab::perfetto_trace(shown));
    EXPECT_TRUE(trace.at("otherData").at("time").is_string());
    for (const json& event : trace.at("traceEvents")) {
      const std::string phase = event.at("ph");
      EXPECT_THAT((std::vector<std::string>{"M", "X", "i", "s", "f", "C"}),
                  testing::Contains(phase));
      EXPECT_TRUE(event.at("name").is_string());
      EXPECT_EQ(event.at("pid"), 1);
      EXPECT_GE(event.at("tid").get<int>(), 1);
      if (phase == "M") continue;
      EXPECT_TRUE(event.at("cat").is_string());
      EXPECT_GE(event.at("ts").get<double>(), 0);
    }
  }
}

TEST(PerfettoTrace, HasAThreadForEachTask) {
  std::vector<std::string> names;
  for (const json& event : trace_events(double_spend(), "M")) {
    const json& args = event.at("args");
    names.push_back(event.at("name") == "thread_sort_index"
                        ? "sorted as " + args.at("sort_index").dump()
                        : event.at("tid").dump() + " " + args.at("name").get<std::string>());
  }
  EXPECT_THAT(names, ElementsAre("1 bank/double-spend", "1 test body", "sorted as 0",
                                 "2 task 1: transfer alice bob 800.00", "sorted as 1",
                                 "3 task 2: transfer alice charlie 800.00", "sorted as 2"));
}

TEST(PerfettoTrace, HasASliceOfOneMillisecondForEachStepInTheirOrder) {
  const ShownExecution shown = double_spend();
  const std::vector<json> slices = trace_events(shown, "X");
  ASSERT_EQ(slices.size(), shown.recording.steps());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const json& slice = slices[i];
    names.push_back(slice.at("name"));
    EXPECT_EQ(slice.at("args").at("step"), i + 1);
    EXPECT_EQ(slice.at("ts"), 1000.0 * static_cast<double>(i + 1));
    EXPECT_EQ(slice.at("dur"), 1000.0);
  }
  EXPECT_THAT(names, ElementsAre("read alice.balance", "read alice.balance", "deduct alice.balance",
                                 "credit bob.balance", "deduct alice.balance"));
  EXPECT_EQ(slices[2].at("tid"), 2);
  EXPECT_EQ(slices[2].at("args"),
            json::parse(R"({"step": 3, "object": "alice.balance", "does": "read_modify_write",
                            "failed": false, "preemption": true, "value": "200.00"})"));
}

TEST(PerfettoTrace, HasMarksBehindTheStepTheyFollow) {
  std::vector<std::pair<std::string, double>> marks;
  for (const json& event : trace_events(double_spend(), "i")) {
    if (event.at("cat") != "mark") continue;
    EXPECT_EQ(event.at("s"), "t");
    marks.emplace_back(event.at("name"), event.at("ts"));
  }
  ASSERT_EQ(marks.size(), 3U);
  EXPECT_EQ(marks[0].first, "check 1000.00 >= 800.00? yes");
  EXPECT_GT(marks[0].second, 1500);
  EXPECT_LT(marks[0].second, 2000);
  EXPECT_GT(marks[1].second, 2500);
  EXPECT_LT(marks[1].second, marks[2].second);
  EXPECT_LT(marks[2].second, 3000);
}

TEST(PerfettoTrace, HasAnArrowForEachConflictThatOrdersTasks) {
  const ShownExecution shown = double_spend();
  ASSERT_THAT(sim::conflict_edges(shown.recording),
              ElementsAre(sim::Ordering{2, 5}, sim::Ordering{5, 7}));
  EXPECT_THAT(flows(shown, "conflict"), ElementsAre(std::pair{2, 3}, std::pair{3, 5}));
  EXPECT_THAT(flows(shown, "necessary"), IsEmpty());
}

TEST(PerfettoTrace, ShowsTheNecessaryOrdersApart) {
  EXPECT_THAT(flows(explained(), "necessary"), ElementsAre(std::pair{2, 3}));
  EXPECT_THAT(flows(explained(), "conflict"), ElementsAre(std::pair{3, 5}));
}

TEST(PerfettoTrace, ShowsTheFailureAcrossAllTracks) {
  std::vector<json> failures = trace_events(double_spend(), "i");
  std::erase_if(failures, [](const json& event) { return event.at("s") != "g"; });
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].at("name"), "invariant \"no account is negative\": alice = -600.00");
  EXPECT_EQ(failures[0].at("tid"), 3) << "of the task that did the last step";
  ShownExecution passed = double_spend();
  passed.recording.outcome.clear();
  for (const json& event : trace_events(passed, "i")) EXPECT_EQ(event.at("s"), "t");
}

TEST(PerfettoTrace, ShowsWhatIsWaitedForBehindTheLastStep) {
  std::vector<json> waiting = trace_events(deadlock(), "X");
  std::erase_if(waiting, [](const json& slice) { return slice.at("cat") != "waiting"; });
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting[0].at("name"), "waits for others to arrive at start, forever");
  EXPECT_EQ(waiting[0].at("tid"), 1);
  EXPECT_EQ(waiting[1].at("name"), "waits to lock alice.lock, forever");
  EXPECT_EQ(waiting[1].at("tid"), 3);
  EXPECT_EQ(waiting[1].at("ts"), 3000.0);
  EXPECT_EQ(waiting[1].at("args"), (json{{"object", "alice.lock"}, {"does", "lock"}}));
}

TEST(PerfettoTrace, HasAnArrowToWhatIsWaitedFor) {
  const std::vector<json> slices = trace_events(deadlock(), "X");
  const std::vector<json> begins = trace_events(deadlock(), "s");
  const std::vector<json> ends = trace_events(deadlock(), "f");
  ASSERT_EQ(begins.size(), 1U);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(slice_around(slices, begins[0]).at("name"), "lock alice.lock");
  EXPECT_EQ(slice_around(slices, ends[0]).at("name"), "waits to lock alice.lock, forever");
  EXPECT_EQ(ends[0].at("cat"), "necessary");
}

TEST(PerfettoTrace, CountsObjectsThatHoldNumbers) {
  ShownExecution shown = double_spend();
  const auto counted = [&shown] {
    std::map<std::string, std::vector<double>> values;
    for (const json& event : trace_events(shown, "C")) {
      values[event.at("name")].push_back(event.at("args").at("value"));
    }
    return values;
  };
  EXPECT_THAT(counted(),
              ElementsAre(std::pair{"alice.balance", std::vector{1000.0, 1000.0, 200.0, -600.0}},
                          std::pair{"bob.balance", std::vector{1300.0}}));
  shown.recording.events[5].value = "200.00 EUR";
  EXPECT_THAT(counted(), ElementsAre(std::pair{"bob.balance", std::vector{1300.0}}));
  shown.recording.events[6].value = "nan";
  EXPECT_THAT(counted(), IsEmpty());
}

// ---------------------------------------------------------------------------------------------
// OTLP

json spans_of(const std::string& request) {
  const json root = json::parse(request);
  EXPECT_EQ(root.at("resourceSpans").size(), 1U);
  const json& resource = root.at("resourceSpans").at(0);
  EXPECT_EQ(resource.at("resource").at("attributes"),
            json::parse(R"([{"key":"service.name","value":{"stringValue":"racelab-sim"}}])"));
  EXPECT_EQ(resource.at("scopeSpans").size(), 1U);
  return resource.at("scopeSpans").at(0).at("spans");
}

json spans_of(const ShownExecution& shown) {
  return spans_of(racelab::otlp_request(shown, kBegin));
}

/// The value of an attribute, as in {"doubleValue": 800.0}; null if the span lacks it.
json attribute(const json& span, std::string_view key) {
  for (const json& entry : span.at("attributes")) {
    if (entry.at("key") == key) return entry.at("value");
  }
  return nullptr;
}

std::vector<json> children(const json& spans, const json& parent) {
  std::vector<json> all;
  for (const json& span : spans) {
    if (span.value("parentSpanId", "") == parent.at("spanId")) all.push_back(span);
  }
  return all;
}

std::int64_t nanoseconds(const json& span, const char* key) {
  return std::stoll(span.at(key).get<std::string>());
}

std::vector<std::string> names(const std::vector<json>& spans) {
  std::vector<std::string> all;
  for (const json& span : spans) all.push_back(span.at("name"));
  return all;
}

TEST(OtlpRequest, IsOneTraceOfTheExecutionItsTasksAndTheirSteps) {
  const json spans = spans_of(double_spend());
  ASSERT_EQ(spans.size(), 1U + 2U + 5U);
  const json& root = spans.at(0);
  EXPECT_EQ(root.at("name"), "bank/double-spend");
  EXPECT_FALSE(root.contains("parentSpanId"));
  const std::vector<json> tasks = children(spans, root);
  ASSERT_THAT(names(tasks), ElementsAre("transfer", "transfer")) << "the test body did nothing";
  EXPECT_THAT(names(children(spans, tasks[0])), ElementsAre("read", "deduct", "credit"));
  EXPECT_THAT(names(children(spans, tasks[1])), ElementsAre("read", "deduct"));
  std::set<std::string> ids;
  for (const json& span : spans) {
    EXPECT_EQ(span.at("traceId"), root.at("traceId"));
    EXPECT_TRUE(ids.insert(span.at("spanId")).second);
    EXPECT_THAT(span.at("traceId").get<std::string>(), testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_THAT(span.at("spanId").get<std::string>(), testing::MatchesRegex("[0-9a-f]{16}"));
  }
}

TEST(OtlpRequest, HasTheSameIdsForTheSameExecutionAtTheSameTime) {
  EXPECT_EQ(racelab::otlp_request(double_spend(), kBegin),
            racelab::otlp_request(double_spend(), kBegin));
  const auto trace = [](const ShownExecution& shown, std::chrono::system_clock::time_point begin) {
    return spans_of(racelab::otlp_request(shown, begin)).at(0).at("traceId");
  };
  ShownExecution other = double_spend();
  other.schedule.found_by = "dpor";
  const std::set<std::string> ids{trace(double_spend(), kBegin),
                                  trace(double_spend(), kBegin + std::chrono::milliseconds{1}),
                                  trace(other, kBegin)};
  EXPECT_EQ(ids.size(), 3U);
}

TEST(OtlpRequest, GivesStepsTheirTurnsInLogicalTime) {
  const json spans = spans_of(double_spend());
  constexpr std::int64_t kBeginNs = 1'700'000'000'000'000'000;
  EXPECT_EQ(nanoseconds(spans.at(0), "startTimeUnixNano"), kBeginNs);
  EXPECT_THAT(attribute(spans.at(0), "racelab.time").at("stringValue").get<std::string>(),
              HasSubstr("logical"));
  for (const json& task : children(spans, spans.at(0))) {
    std::int64_t before = nanoseconds(task, "startTimeUnixNano");
    for (const json& step : children(spans, task)) {
      const std::int64_t begin = nanoseconds(step, "startTimeUnixNano");
      const std::int64_t number =
          std::stoll(attribute(step, "racelab.step").at("intValue").get<std::string>());
      EXPECT_EQ(begin, kBeginNs + number * 1'000'000);
      EXPECT_LE(before, begin) << "steps of a task do not overlap";
      before = nanoseconds(step, "endTimeUnixNano");
      EXPECT_EQ(before, begin + 1'000'000);
      EXPECT_EQ(attribute(step, "racelab.logical_time").at("boolValue"), true);
    }
    EXPECT_LE(before, nanoseconds(task, "endTimeUnixNano"));
    EXPECT_LE(nanoseconds(task, "endTimeUnixNano"), nanoseconds(spans.at(0), "endTimeUnixNano"));
  }
}

TEST(OtlpRequest, SaysOfATransferWhatTheLiveLabSays) {
  const json spans = spans_of(double_spend());
  const std::vector<json> tasks = children(spans, spans.at(0));
  EXPECT_EQ(attribute(tasks[0], "transfer.id").at("stringValue"), "1");
  EXPECT_EQ(attribute(tasks[0], "transfer.from_account").at("stringValue"), "alice");
  EXPECT_EQ(attribute(tasks[0], "transfer.to_account").at("stringValue"), "bob");
  EXPECT_EQ(attribute(tasks[0], "transfer.amount").at("doubleValue"), 800.0);
  EXPECT_EQ(attribute(tasks[0], "transfer.algorithm").at("stringValue"), "check-then-act");
  EXPECT_EQ(attribute(tasks[0], "transfer.from_balance_before").at("doubleValue"), 1000.0);
  EXPECT_EQ(attribute(tasks[0], "transfer.from_balance_after").at("doubleValue"), 200.0);
  EXPECT_EQ(attribute(tasks[0], "transfer.to_balance_after").at("doubleValue"), 1300.0);
  EXPECT_EQ(attribute(tasks[0], "race_condition.detected"), nullptr);
  EXPECT_EQ(attribute(tasks[1], "transfer.to_balance_after"), nullptr) << "it never came to that";
  EXPECT_EQ(attribute(tasks[1], "race_condition.detected").at("boolValue"), true);
  EXPECT_EQ(attribute(tasks[1], "race_condition.negative_balance").at("doubleValue"), -600.0);
  const json read = children(spans, tasks[0]).at(0);
  EXPECT_EQ(attribute(read, "step.object").at("stringValue"), "alice.balance");
  EXPECT_EQ(attribute(read, "step.result").at("stringValue"), "1000.00");
}

TEST(OtlpRequest, NamesOtherTasksAsTheyDescribeThemselves) {
  ShownExecution shown = double_spend();
  shown.recording.tasks[1].description = "transfer of knowledge";
  shown.recording.tasks[2].description = "";
  const json spans = spans_of(shown);
  const std::vector<json> tasks = children(spans, spans.at(0));
  EXPECT_THAT(names(tasks), ElementsAre("transfer of knowledge", "task 2"));
  EXPECT_EQ(attribute(tasks[0], "transfer.id"), nullptr);
}

TEST(OtlpRequest, SaysHowALockWasLeft) {
  ShownExecution shown = double_spend();
  shown.recording.events = {step(1, "lock", sim::OperationKind::lock, "alice.lock", 3, ""),
                            step(1, "unlock", sim::OperationKind::unlock, "alice.lock", 3, "")};
  const json spans = spans_of(shown);
  EXPECT_EQ(attribute(spans.at(2), "step.result").at("stringValue"), "held");
  EXPECT_EQ(attribute(spans.at(3), "step.result").at("stringValue"), "free");
}

TEST(OtlpRequest, MarksTheFailureOnTheWayDownToItsStep) {
  const json spans = spans_of(double_spend());
  const char* const outcome = "invariant \"no account is negative\": alice = -600.00";
  const json& root = spans.at(0);
  EXPECT_EQ(root.at("status"), (json{{"code", 2}, {"message", outcome}}));
  EXPECT_EQ(attribute(root, "racelab.outcome").at("stringValue"), outcome);
  EXPECT_EQ(root.at("events").at(0).at("name"), "failure");
  std::vector<std::string> failed;
  for (const json& span : spans) {
    if (span.contains("status")) failed.push_back(span.at("name"));
  }
  EXPECT_THAT(failed, ElementsAre("bank/double-spend", "transfer", "deduct"));
  EXPECT_TRUE(spans.back().contains("status")) << "it is the last step";
}

TEST(OtlpRequest, HasNoFailureWhereThereIsNone) {
  ShownExecution shown = double_spend();
  shown.recording.outcome.clear();
  const json spans = spans_of(shown);
  for (const json& span : spans) EXPECT_FALSE(span.contains("status"));
  EXPECT_FALSE(spans.at(0).contains("events"));
  EXPECT_EQ(attribute(spans.at(0), "racelab.outcome").at("stringValue"), "passed");
}

TEST(OtlpRequest, HasMarksAsEventsOfTheirTask) {
  const json spans = spans_of(double_spend());
  const json task = children(spans, spans.at(0)).at(1);
  ASSERT_EQ(task.at("events").size(), 2U);
  const json& check = task.at("events").at(0);
  EXPECT_EQ(check.at("name"), "check");
  EXPECT_EQ(attribute(check, "step.result").at("stringValue"), "1000.00 >= 800.00? yes");
  EXPECT_LT(nanoseconds(check, "timeUnixNano"),
            nanoseconds(task.at("events").at(1), "timeUnixNano"));
}

TEST(OtlpRequest, LinksStepsWhoseOrderIsNecessary) {
  const json spans = spans_of(explained());
  const std::vector<json> tasks = children(spans, spans.at(0));
  const json read = children(spans, tasks[1]).at(0);
  const json deduct = children(spans, tasks[0]).at(1);
  ASSERT_EQ(deduct.at("links").size(), 1U);
  const json& link = deduct.at("links").at(0);
  EXPECT_EQ(link.at("spanId"), read.at("spanId"));
  EXPECT_EQ(link.at("traceId"), read.at("traceId"));
  EXPECT_EQ(attribute(link, "racelab.order").at("stringValue"), "necessary");
  EXPECT_EQ(attribute(deduct, "racelab.necessarily_after").at("stringValue"),
            "step 2: read alice.balance by task 2");
  std::size_t linked = 0;
  for (const json& span : spans) linked += span.contains("links") ? 1 : 0;
  EXPECT_EQ(linked, 1U);
  EXPECT_EQ(attribute(spans.at(0), "racelab.pattern").at("stringValue"), "check-then-act");
}

TEST(OtlpRequest, HasWhatIsWaitedForAsAnEventOfItsTask) {
  const json spans = spans_of(deadlock());
  const std::vector<json> tasks = children(spans, spans.at(0));
  ASSERT_THAT(names(tasks), ElementsAre("test body", "transfer", "transfer"));
  EXPECT_FALSE(tasks[1].contains("events"));
  ASSERT_EQ(tasks[2].at("events").size(), 1U);
  const json& waits = tasks[2].at("events").at(0);
  EXPECT_EQ(waits.at("name"), "waits to lock alice.lock");
  EXPECT_EQ(attribute(waits, "step.object").at("stringValue"), "alice.lock");
  EXPECT_EQ(attribute(waits, "racelab.deadlocked").at("boolValue"), true);
  EXPECT_EQ(waits.at("timeUnixNano"), spans.at(0).at("endTimeUnixNano"));
  EXPECT_EQ(tasks[2].at("endTimeUnixNano"), spans.at(0).at("endTimeUnixNano"));
  EXPECT_EQ(tasks[0].at("startTimeUnixNano"), spans.at(0).at("endTimeUnixNano"));
  EXPECT_EQ(tasks[0].at("events").at(0).at("name"), "waits for others to arrive at start");
}

TEST(OtlpRequest, LinksTheTaskThatWaitsToWhatCameBefore) {
  const json spans = spans_of(deadlock());
  const std::vector<json> tasks = children(spans, spans.at(0));
  ASSERT_EQ(tasks[2].at("links").size(), 1U);
  EXPECT_EQ(tasks[2].at("links").at(0).at("spanId"), children(spans, tasks[1]).at(0).at("spanId"));
  EXPECT_EQ(attribute(tasks[2].at("events").at(0), "racelab.necessarily_after").at("stringValue"),
            "step 1: lock alice.lock by task 1");
}

TEST(OtlpRequest, BlamesTheTasksThatWaitAndNoStep) {
  std::vector<std::string> failed;
  for (const json& span : spans_of(deadlock())) {
    if (span.contains("status")) failed.push_back(span.at("name"));
  }
  EXPECT_THAT(failed, ElementsAre("bank/double-spend", "test body", "transfer"));
}

TEST(OtlpRequest, SurvivesHostileTextAndNothingAtAll) {
  EXPECT_EQ(spans_of(hostile()).size(), 8U);
  EXPECT_EQ(spans_of(ShownExecution{}).size(), 1U);
}

// ---------------------------------------------------------------------------------------------
// The command

class ShowExports : public InFreshDirectory {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_racelab({"explore", "bank/double-spend", "--out", "x.schedule"}).code, 1);
  }
};

TEST_F(ShowExports, WritesBothFiles) {
  const Finished shown =
      run_racelab({"show", "x.schedule", "--perfetto", "out.json", "--otlp", "spans.json"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("written to out.json: open it at https://ui.perfetto.dev\n"));
  EXPECT_THAT(shown.out, HasSubstr("written to spans.json"));
  EXPECT_THAT(shown.out, HasSubstr("FAILED  invariant"));
  const json trace = json::parse(read("out.json"));
  std::size_t slices = 0;
  for (const json& event : trace.at("traceEvents")) {
    slices += event.at("ph") == "X" ? 1 : 0;
  }
  EXPECT_EQ(slices, 5U);
  EXPECT_EQ(spans_of(read("spans.json")).size(), 8U);
}

TEST_F(ShowExports, LeavesJsonOnStandardOutputAlone) {
  const Finished shown = run_racelab({"show", "x.schedule", "--json", "--perfetto", "out.json"});
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(json::parse(shown.out).at("racelab_execution"), 1);
  EXPECT_TRUE(exists("out.json"));
}

TEST_F(ShowExports, DoesNotWriteOverTheSchedule) {
  const std::string before = read("x.schedule");
  for (const char* const option : {"--perfetto", "--otlp"}) {
    const Finished shown = run_racelab({"show", "x.schedule", option, "./x.schedule"});
    EXPECT_EQ(shown.code, 4);
    EXPECT_EQ(shown.err,
              "racelab: ./x.schedule: this file is the schedule itself; name another file\n");
  }
  EXPECT_EQ(read("x.schedule"), before);
}

TEST_F(ShowExports, SaysWhichFileCannotBeWritten) {
  const Finished shown = run_racelab({"show", "x.schedule", "--perfetto", "nowhere/out.json"});
  EXPECT_EQ(shown.code, 4);
  EXPECT_EQ(shown.err, "racelab: nowhere/out.json: No such file or directory\n");
}

TEST_F(ShowExports, NeedsAnHttpClientToSend) {
  ASSERT_EQ(run_crashing({"explore", "crash/after-a-failure", "--out", "y.schedule"}).code, 1);
  const Finished shown = run_crashing({"show", "y.schedule", "--otlp", "http://localhost:4318"});
  EXPECT_EQ(shown.code, 4);
  EXPECT_THAT(shown.err, HasSubstr("this program cannot send spans"));
  EXPECT_THAT(shown.err, HasSubstr("--otlp spans.json"));
  EXPECT_EQ(run_crashing({"show", "y.schedule", "--otlp", "spans.json"}).code, 0);
}

TEST_F(ShowExports, SaysWhatIsWrongWithAnAddress) {
#ifdef RACELAB_HAS_HTTP
  for (const auto& [address, why] :
       {std::pair{"http://localhost:4317", "gRPC"},
        std::pair{"localhost:4318", "must begin with http://"},
        std::pair{"http://127.0.0.1:1", "nothing accepts connections"}}) {
    const Finished shown = run_racelab({"show", "x.schedule", "--otlp", address});
    EXPECT_EQ(shown.code, 4) << address;
    EXPECT_THAT(shown.err, HasSubstr(why));
    EXPECT_THAT(shown.err, HasSubstr("or write the spans to a file: --otlp spans.json"));
  }
#else
  GTEST_SKIP() << "built without the live lab, whose HTTP client sends";
#endif
}

}  // namespace
}  // namespace racelab_test
