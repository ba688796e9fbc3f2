// The page and the picture that `racelab show` makes of an execution.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sim/diagnose/explanation.hpp>
#include <sim/report/execution_json.hpp>
#include <sim/report/shown_execution.hpp>
#include <sim/schedule/recording.hpp>
#include <tests/tools/fixture.hpp>
#include <tools/racelab/export/html.hpp>
#include <tools/racelab/export/svg.hpp>

namespace racelab_test {
namespace {

using nlohmann::ordered_json;
using racelab::html_page;
using racelab::svg_image;
using sim::OperationKind;
using sim::ShownExecution;
using testing::HasSubstr;
using testing::Not;

/// A different path for each name that these tests use.
sim::ObjectId id_of(const std::string& name) {
  return sim::ObjectId{static_cast<std::uint32_t>(name.size() * 256) +
                       static_cast<unsigned char>(name.front())};
}

sim::RecordedEvent step(std::size_t task, OperationKind operation, std::string label,
                        std::string object, std::string value) {
  sim::RecordedEvent event;
  event.task = task;
  event.label = std::move(label);
  event.operation = operation;
  event.object = id_of(object);
  event.text = std::move(object);
  event.value = std::move(value);
  return event;
}

sim::RecordedEvent read(std::size_t task, std::string value) {
  return step(task, OperationKind::load, "read", "alice.balance", std::move(value));
}

sim::RecordedEvent deduct(std::size_t task, std::string value) {
  return step(task, OperationKind::read_modify_write, "deduct", "alice.balance", std::move(value));
}

sim::RecordedEvent check(std::size_t task, std::string text) {
  sim::RecordedEvent event;
  event.kind = sim::RecordedEvent::Kind::mark;
  event.task = task;
  event.label = "check";
  event.text = std::move(text);
  return event;
}

sim::Recording of_two_transfers(std::vector<sim::RecordedEvent> events, std::string state) {
  sim::Recording recording;
  recording.tasks = {
      {"0", ""}, {"1", "transfer alice bob 800.00"}, {"2", "transfer alice charlie 800.00"}};
  recording.events = std::move(events);
  recording.state = {std::move(state)};
  return recording;
}

/// Both transfers check before either deducts.
ShownExecution double_spend() {
  ShownExecution shown;
  shown.file = "twice.schedule";
  shown.schedule.scenario = "bank/double-spend";
  shown.schedule.found_by = "dpor";
  shown.schedule.program = {{"algorithm", "check-then-act", 0}};
  shown.recording = of_two_transfers(
      {read(1, "1000.00"), check(1, "1000.00 >= 800.00? yes"), read(2, "1000.00"),
       check(2, "1000.00 >= 800.00? yes"), deduct(1, "200.00"), deduct(2, "-600.00")},
      "alice -600.00");
  shown.recording.events[2].preemption = true;
  shown.recording.outcome.describe(
      sim::InvariantViolation{"no account is negative", "alice = -600.00"});
  sim::Explanation why;
  why.necessary = {{0, 5}, {2, 4}};
  why.pattern = sim::FailurePattern::check_then_act;
  why.executions = 3;
  why.passing =
      of_two_transfers({read(1, "1000.00"), check(1, "1000.00 >= 800.00? yes"), deduct(1, "200.00"),
                        read(2, "200.00"), check(2, "200.00 >= 800.00? no")},
                       "alice 200.00");
  shown.why = std::move(why);
  return shown;
}

/// A deadlock of two tasks. The first necessary order is between two steps, the second ends at a
/// waiting operation.
ShownExecution deadlock() {
  ShownExecution shown;
  shown.recording.tasks = {{"0", ""}, {"1", ""}, {"2", ""}};
  shown.recording.events = {step(1, OperationKind::lock, "lock", "a", ""),
                            step(2, OperationKind::lock, "lock", "b", "")};
  shown.recording.waiting = {step(1, OperationKind::lock, "lock", "b", ""),
                             step(2, OperationKind::await, "wait", "gate", "")};
  const sim::TaskRef first{sim::task_at(1), "1"};
  const sim::TaskRef second{sim::task_at(2), "2"};
  const sim::WaitsToExecute lock{
      OperationKind::lock, "lock", {sim::ObjectId{2}, "b"}, {{second, false}}};
  const sim::WaitsToExecute wait{OperationKind::await, "wait", {sim::ObjectId{3}, "gate"}, {}};
  shown.recording.outcome.describe(sim::Deadlock{{{first, lock}, {second, wait}}});
  return shown;
}

ShownExecution explained_deadlock() {
  ShownExecution shown = deadlock();
  shown.why.emplace();
  shown.why->necessary = {{0, 1}, {1, 2}};
  shown.why->executions = 1;
  return shown;
}

/// Text that ends its surrounding element or string unless it is escaped.
const std::string kHostile =
    "</script><script>alert(1)</script><!-- ]]> {{script}} \"'&amp;<b>\x01\x1F\x7F\n\t\xFF\xFE "
    "\xED\xA0\x80 \xEF\xBF\xBF \xE2\x80\xA8";

ShownExecution hostile() {
  ShownExecution shown = double_spend();
  shown.file = shown.schedule.scenario = shown.schedule.found_by = kHostile;
  shown.schedule.expect.emplace(kHostile);
  shown.schedule.program = {{kHostile, kHostile, 0}};
  shown.divergence = sim::Divergence{};
  shown.divergence->message = kHostile;
  for (sim::Recording* const recording : {&shown.recording, &*shown.why->passing}) {
    sim::FailedCheck check{{}, kHostile, {}};
    check.where.file = kHostile;
    recording->outcome.describe(sim::AssertionFailure{std::move(check)});
    recording->state = {kHostile, kHostile};
    for (sim::RecordedTask& task : recording->tasks) task = {kHostile, kHostile};
    for (sim::RecordedEvent& event : recording->events) {
      event.label = event.text = event.value = kHostile;
    }
  }
  return shown;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
    ++found;
  return found;
}

/// The text after the first `begin` and before the next `end`.
std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "there is no " + std::string{begin};
  const std::size_t to = text.find(end, from + begin.size());
  return text.substr(from + begin.size(), to - from - begin.size());
}

std::string data_of(const std::string& page) {
  return between(page, "<script type=\"application/json\" id=\"execution\">", "</script>");
}

/// The text content of the document.
ordered_json as_read(const ShownExecution& shown) {
  return ordered_json::parse(
      execution_json(shown).dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

/// The first reason why `text` is not well-formed XML; empty if it is.
std::string xml_problem(std::string_view text) {
  std::vector<std::string> open;
  const std::regex tag{
      R"(<(/?)([A-Za-z]+)((?: [A-Za-z0-9:-]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*)(/?)>)"};
  const std::regex entity{"&(amp|lt|gt|quot);"};
  text.remove_prefix(text.find("?>") + 2);
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    std::cmatch match;
    std::size_t taken = 1;
    const auto here = [&](const std::regex& what) {
      const auto at_start = std::regex_constants::match_continuous;
      return std::regex_search(text.data(), text.data() + text.size(), match, what, at_start);
    };
    if (byte == '<') {
      if (!here(tag)) return "no tag: " + std::string{text.substr(0, 60)};
      taken = static_cast<std::size_t>(match.length());
      if (match[1].length() > 0) {
        if (open.empty() || open.back() != match[2]) return "ends nothing: " + match.str();
        open.pop_back();
      } else if (match[4].length() == 0) {
        open.push_back(match[2]);
      }
    } else if (open.empty() && byte != '\n') {
      return "outside of all: " + std::string{text.substr(0, 60)};
    } else if (byte == '&' && !here(entity)) {
      return "no entity: " + std::string{text.substr(0, 60)};
    } else if (byte < 0x20 && byte != '\n') {
      return "a control character";
    }
    text.remove_prefix(taken);
  }
  return open.empty() ? "" : "never ended: " + open.back();
}

/// Whether it is UTF-8 with only characters that XML allows.
bool is_xml_text(const std::string& text) {
  try {
    static_cast<void>(ordered_json(text).dump());
  } catch (const ordered_json::type_error&) {
    return false;
  }
  return text.find("\xEF\xBF\xBE") == std::string::npos &&
         text.find("\xEF\xBF\xBF") == std::string::npos;
}

// Checks well_formed() itself.
TEST(SvgImage, IsCheckedByWhatSeesMistakes) {
  const std::string head = "<?xml version=\"1.0\"?>\n";
  EXPECT_EQ(xml_problem(head + "<a b=\"c &amp; d\"><e/>&lt;</a>\n"), "");
  EXPECT_NE(xml_problem(head + "<a><b></a>"), "");
  EXPECT_NE(xml_problem(head + "<a>"), "");
  EXPECT_NE(xml_problem(head + "<a b=\"c & d\"/>"), "");
  EXPECT_NE(xml_problem(head + "<a>&nbsp;</a>"), "");
  EXPECT_NE(xml_problem(head + "<a>\x01</a>"), "");
  EXPECT_NE(xml_problem(head + "<a/>text"), "");
}

TEST(HtmlPage, HoldsTheJsonDocument) {
  const ShownExecution shown = double_spend();
  EXPECT_EQ(ordered_json::parse(data_of(html_page(shown))), execution_json(shown));
}

TEST(HtmlPage, KeepsHostileTextsAsData) {
  const std::string page = html_page(hostile());
  const std::string data = data_of(page);
  EXPECT_EQ(ordered_json::parse(data), as_read(hostile()));
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, HasSubstr("{{script}}")) << "what is put in is not filled in again";
  for (const char* const part : {"<script", "</script>", "<style", "<!--", "alert(1)"}) {
    const std::size_t in_data = count(data, part);
    EXPECT_EQ(count(page, part), count(html_page(double_spend()), part) + in_data) << part;
  }
}

TEST(HtmlPage, IsOneFileThatAsksForNoOther) {
  const std::string page = html_page(double_spend());
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none';\n  script-src 'nonce-"));
  for (const char* const part :
       {" src=", " href=", "url(", "@import", "import(", "fetch(", "innerHTML", "https://"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
  EXPECT_EQ(count(page, "http://"), count(page, "http://www.w3.org/2000/svg"));
}

TEST(HtmlPage, RunsWhatCarriesItsOwnNonceOnly) {
  const std::string page = html_page(double_spend());
  const std::string nonce = between(page, "script-src 'nonce-", "'");
  EXPECT_EQ(nonce.size(), 16U);
  EXPECT_THAT(page, HasSubstr("style-src 'nonce-" + nonce + "'"));
  EXPECT_THAT(page, HasSubstr("<style nonce=\"" + nonce + "\">"));
  EXPECT_THAT(page, HasSubstr("<script nonce=\"" + nonce + "\">"));
  EXPECT_THAT(html_page(hostile()), Not(HasSubstr(nonce)));
  EXPECT_EQ(html_page(double_spend()), page) << "the same execution makes the same page";
}

/// Each member of a document, as in "cause.necessary[].mark".
void list_members(const ordered_json& json, const std::string& path, std::set<std::string>& all) {
  if (json.is_array()) {
    for (const ordered_json& element : json) list_members(element, path + "[]", all);
  }
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items()) {
    const std::string member = path.empty() ? key : path + "." + key;
    all.insert(member);
    // docs/show.md documents `passing` as an object with the same members.
    if (member != "passing") list_members(value, member, all);
  }
}

/// The members in the table of docs/show.md.
std::set<std::string> described_members() {
  std::ifstream in{RACELAB_ROOT "/docs/show.md"};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const std::string table = between(text, "\n## The JSON document\n", "\n## ");
  const std::regex row{"\n\\| `([^`]+)` \\| [^|]+ \\|"};
  std::set<std::string> members;
  for (std::sregex_iterator it{table.begin(), table.end(), row}, end; it != end; ++it) {
    EXPECT_TRUE(members.insert(it->str(1)).second) << "twice: " << it->str(1);
  }
  return members;
}

TEST(ShownJson, HasTheMembersThatItsDescriptionHas) {
  ShownExecution shown = double_spend();
  shown.recording.waiting = deadlock().recording.waiting;
  shown.divergence.emplace();
  std::set<std::string> members;
  list_members(execution_json(shown), "", members);
  EXPECT_EQ(members, described_members());
}

TEST(ShownJson, HasForWhatPassesTheSameAsForWhatFails) {
  const ordered_json json = execution_json(double_spend());
  std::vector<std::string> members;
  for (const auto& [key, value] : json["passing"].items()) members.push_back(key);
  EXPECT_THAT(members,
              testing::ElementsAre("outcome", "state", "tasks", "events", "waiting", "orders"));
}

TEST(ShownJson, SaysWhichMutexAWaitReleases) {
  ShownExecution shown;
  shown.recording.tasks = {{"0", ""}};
  auto& events = shown.recording.events;
  events = {step(0, OperationKind::lock, "lock", "pool.mutex", ""),
            step(0, OperationKind::wait, "wait", "pool.wake_up", "")};
  events[1].bits = static_cast<std::uint64_t>(events[0].object);
  const ordered_json json = execution_json(shown);
  EXPECT_EQ(json["events"][0]["releases"], nullptr);
  EXPECT_EQ(json["events"][1]["releases"], "pool.mutex");
}

TEST(SvgImage, ShowsEachStepAndEachOrder) {
  const ShownExecution shown = double_spend();
  const std::string svg = svg_image(shown);
  EXPECT_EQ(xml_problem(svg), "");
  for (const char* const text :
       {">task 1</text>", ">transfer alice charlie 800.00</text>",
        ">read alice.balance = 1000.00</text>", ">check 1000.00 &gt;= 800.00? yes</text>",
        ">deduct alice.balance = 200.00</text>", ">deduct alice.balance = -600.00</text>",
        ">preemption of task 1</text>", ">alice -600.00</text>",
        ">invariant &quot;no account is negative&quot;: alice = -600.00</text>",
        ">bank/double-spend</title>", ">found by dpor</text>"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_EQ(count(svg, "<circle "), 6U);
  EXPECT_EQ(count(svg, "class=\"dot\""), 2U) << "the reads";
  EXPECT_EQ(count(svg, "class=\"dot writes\""), 1U);
  EXPECT_EQ(count(svg, "class=\"dot mark\""), 2U);
  EXPECT_EQ(count(svg, "class=\"dot fails\""), 1U);
  EXPECT_EQ(count(svg, "class=\"order necessary\""), 2U);
  const auto edges = sim::conflict_edges(shown.recording);
  ASSERT_THAT(edges, testing::ElementsAre(sim::Ordering{2, 4}, sim::Ordering{4, 5}));
  EXPECT_EQ(count(svg, "class=\"order\""), 1U) << "the other of the two is a necessary one";
}

/// The prose of a picture, with its lines joined.
std::string prose_of(const std::string& svg) {
  std::string said;
  const std::regex prose{"<text class=\"said [a-z-]*\"[^>]*>([^<]*)</text>"};
  for (std::sregex_iterator it{svg.begin(), svg.end(), prose}, end; it != end; ++it) {
    said += " " + it->str(1);
  }
  return said;
}

TEST(SvgImage, SaysWhyInWholeBelow) {
  const std::string svg = svg_image(double_spend());
  std::string caption;
  const std::regex line{"<text class=\"(?:said )?because\"[^>]*>([^<]*)</text>"};
  for (std::sregex_iterator it{svg.begin(), svg.end(), line}, end; it != end; ++it) {
    caption += (caption.empty() ? "" : " ") + it->str(1);
  }
  EXPECT_EQ(caption, "Fails because: check-then-act a b");
  EXPECT_THAT(prose_of(svg),
              HasSubstr("task 1 reads alice.balance (step 1) before task 2 deducts it (step "
                        "4), and task 2 reads alice.balance (step 2) before task 1 deducts "
                        "it (step 3). Each of these orders is necessary: no execution "
                        "with it alone reversed fails in this way (3 executions were run, all "
                        "there are)."));
  EXPECT_THAT(
      between(svg, "<desc id=\"racelab-desc\">", "</desc>"),
      HasSubstr("Fails because task 1 reads alice.balance (step 1) before task 2 deducts it "
                "(step 4), and task 2 reads alice.balance (step 2) before task 1 deducts it "
                "(step 3) (check-then-act)."));
}

TEST(SvgImage, MarksTheStepsOfNecessaryOrders) {
  const std::string svg = svg_image(double_spend());
  std::vector<std::string> marks;
  const std::regex mark{"<text class=\"cell because\"[^>]*>([^<]*)</text>"};
  for (std::sregex_iterator it{svg.begin(), svg.end(), mark}, end; it != end; ++it) {
    marks.push_back(it->str(1));
  }
  EXPECT_THAT(marks, testing::ElementsAre("[a&gt;]", "[b&gt;]", "[&gt;b]", "[&gt;a]"));
}

TEST(SvgImage, SaysThatThereIsNoSingleCause) {
  ShownExecution shown = double_spend();
  shown.why->necessary.clear();
  shown.why->pattern = sim::FailurePattern::unknown;
  shown.why->whole = false;
  const std::string svg = svg_image(shown);
  EXPECT_THAT(svg, HasSubstr(">No order could be shown to be necessary ("));
  EXPECT_THAT(svg, Not(HasSubstr("Fails because")));
}

/// Each text is inside the picture. A character is 7.8 wide in cells, 7.4 in prose and 10.7 in the
/// title.
void expect_that_all_fits(const std::string& svg) {
  const std::regex box{"viewBox=\"0 0 ([0-9.]+) ([0-9.]+)\""};
  std::smatch size;
  ASSERT_TRUE(std::regex_search(svg, size, box));
  const double width = std::stod(size[1]);
  const double height = std::stod(size[2]);
  const std::regex text{
      "<text class=\"([a-z -]+)\" x=\"([0-9.]+)\" y=\"([0-9.]+)\">([^<]*)</text>"};
  std::size_t texts = 0;
  for (std::sregex_iterator it{svg.begin(), svg.end(), text}, end; it != end; ++it, ++texts) {
    const std::string kind = it->str(1);
    const double wide = kind == "said title" ? 10.7 : kind.starts_with("said") ? 7.4 : 7.8;
    const std::string words = std::regex_replace(it->str(4), std::regex{"&[a-z]+;"}, "&");
    const auto characters = std::count_if(words.begin(), words.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
    EXPECT_LE(std::stod(it->str(2)) + static_cast<double>(characters) * wide, width) << words;
    EXPECT_LT(std::stod(it->str(3)), height) << words;
  }
  EXPECT_GT(texts, 0U);
}

TEST(SvgImage, FitsWhatItShows) {
  expect_that_all_fits(svg_image(double_spend()));
  ShownExecution lengthy = double_spend();
  lengthy.schedule.scenario = "count/" + std::string(100, 'n');
  lengthy.recording.events[0].value = std::string(5000, 'x');
  lengthy.recording.outcome.describe(sim::AssertionFailure{
      {{}, std::string(300, 'Q') + " " + std::string(300, 'W'), sim::SourceLine{}}});
  lengthy.recording.state = {std::string(400, 's')};
  const std::string svg = svg_image(lengthy);
  expect_that_all_fits(svg);
  EXPECT_THAT(svg, Not(HasSubstr(std::string(100, 'x')))) << "of a long value the end is left out";
  EXPECT_EQ(count(svg, "Q"), 600U) << "an outcome is broken into lines, and in the description";
}

TEST(SvgImage, IsWellFormedWhateverTheTextsAre) {
  const std::string svg = svg_image(hostile());
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_TRUE(is_xml_text(svg));
  EXPECT_THAT(svg, HasSubstr("&lt;/script&gt;"));
  EXPECT_EQ(count(svg, "<script"), 0U);
  expect_that_all_fits(svg);
}

TEST(SvgImage, KeepsCharactersWholeWhereItCuts) {
  ShownExecution shown = double_spend();
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += i % 2 == 0 ? "\xE9\x8A\x80" : "\xC3\xA4";
  for (sim::RecordedEvent& event : shown.recording.events) event.text = wide;
  const std::string svg = svg_image(shown);
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_TRUE(is_xml_text(svg));
  EXPECT_THAT(svg, HasSubstr("\xE9\x8A\x80\xC3\xA4"));
}

TEST(SvgImage, ShowsADeadlockBehindTheLastStep) {
  const std::string svg = svg_image(deadlock());
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_EQ(count(svg, "class=\"dot fails\""), 0U) << "no step is at fault";
  EXPECT_THAT(svg, HasSubstr(">deadlock task 1 waits to lock b, held by task 2;</text>"));
  EXPECT_THAT(svg, HasSubstr(">task 2 waits for others to arrive at gate</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("Fails because")));
  EXPECT_THAT(svg, HasSubstr(">A recorded execution</title>"));
}

TEST(SvgImage, ShowsWhatIsWaitedForForEver) {
  const std::string svg = svg_image(explained_deadlock());
  EXPECT_EQ(xml_problem(svg), "");
  expect_that_all_fits(svg);
  EXPECT_EQ(count(svg, "<circle "), 4U);
  EXPECT_EQ(count(svg, "class=\"dot waits\""), 2U);
  EXPECT_THAT(svg, HasSubstr(">waits to lock b, forever</text>"));
  EXPECT_THAT(svg, HasSubstr(">waits for others to arrive at gate, forever</text>"));
  EXPECT_EQ(count(svg, "class=\"order necessary\""), 2U);
  EXPECT_THAT(svg, HasSubstr(">[&gt;b]</text>"));
  EXPECT_THAT(svg, HasSubstr(">task 2 locks b (step 2) before task 1 can.</text>"));
  EXPECT_THAT(prose_of(svg), HasSubstr("(1 execution was run, all there are)."));
}

TEST(SvgImage, ShowsATaskThatDoesNothingButWait) {
  ShownExecution shown = deadlock();
  shown.recording.events.clear();
  const std::string svg = svg_image(shown);
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_EQ(count(svg, "<circle "), 2U);
  EXPECT_THAT(svg, HasSubstr(">task 2</text>"));
}

TEST(ShownJson, HasOrdersToWhatIsWaitedFor) {
  const ordered_json json = execution_json(explained_deadlock());
  EXPECT_EQ(json["outcome"]["event"], nullptr) << "no step is at fault";
  EXPECT_EQ(json["waiting"], ordered_json::parse(R"([
    {"task": 1, "operation": "lock", "object": "b", "text": "waits to lock b",
     "remark": "forever"},
    {"task": 2, "operation": "wait", "object": "gate", "text": "waits for others to arrive at gate",
     "remark": "forever"}])"));
  EXPECT_EQ(json["cause"]["necessary"][1], ordered_json::parse(R"(
    {"first": 1, "second": 2, "mark": "b", "text": "task 2 locks b (step 2) before task 1 can"})"));
}

TEST(SvgImage, BlamesAStepOnlyWhereOneFails) {
  using enum sim::OutcomeKind;
  for (const sim::OutcomeKind kind : {deadlock, step_bound, hang, passed}) {
    ShownExecution shown = double_spend();
    shown.recording.outcome.kind = kind;
    EXPECT_EQ(count(svg_image(shown), "class=\"dot fails\""), 0U) << to_string(kind);
  }
  for (const sim::OutcomeKind kind : {assertion, invariant, misuse, uncaught_exception, crash}) {
    ShownExecution shown = double_spend();
    shown.recording.outcome.kind = kind;
    EXPECT_EQ(count(svg_image(shown), "class=\"dot fails\""), 1U) << to_string(kind);
  }
}

TEST(SvgImage, ShowsAnExecutionWithoutSteps) {
  ShownExecution shown;
  shown.recording.tasks = {{"0", ""}};
  const std::string svg = svg_image(shown);
  EXPECT_EQ(xml_problem(svg), "");
  EXPECT_EQ(count(svg, "<circle "), 0U);
  EXPECT_THAT(svg, HasSubstr("An execution of 0 steps: passed."));
  EXPECT_THAT(data_of(html_page(shown)), HasSubstr("\"events\":[]"));
}

using ExportCommand = InFreshDirectory;

TEST_F(ExportCommand, WritesThePageAndThePicture) {
  ASSERT_EQ(run_racelab({"explore", "bank/double-spend"}).code, 1);
  const Finished shown =
      run_racelab({"show", "bank-double-spend.schedule", "--html", "out.html", "--svg", "out.svg"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  const Finished json = run_racelab({"show", "bank-double-spend.schedule", "--json"});
  EXPECT_EQ(ordered_json::parse(data_of(read("out.html"))), ordered_json::parse(json.out));
  EXPECT_EQ(xml_problem(read("out.svg")), "");
  EXPECT_THAT(read("out.svg"), HasSubstr("alice = -600.00"));
}

TEST_F(ExportCommand, SaysWhereItCannotWrite) {
  ASSERT_EQ(run_racelab({"explore", "bank/double-spend"}).code, 1);
  for (const char* const option : {"--html", "--svg"}) {
    const Finished shown =
        run_racelab({"show", "bank-double-spend.schedule", option, "no-such-directory/out"});
    EXPECT_EQ(shown.code, 4) << option;
    EXPECT_THAT(shown.err, HasSubstr("no-such-directory/out")) << option;
  }
}

}  // namespace
}  // namespace racelab_test
