#include <bank/workload.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <bank/excerpt_runtime.hpp>
#include <bank/invariants.hpp>
#include <sim/check.hpp>
#include <sim/runtime/fiber_runtime.hpp>
#include <sim/sync/thread.hpp>

namespace bank {
namespace {

constexpr std::size_t kTransfersMax = sim::kTasksMax - 1;
/// With the transfers fewer than the thousand amounts whose sum does not overflow.
constexpr std::size_t kAccountsMax = 500;
/// Of all balances together, whatever their signs: no sum of them and of the transfers overflows.
constexpr Money kBalancesMax{kMoneyMax.cents * static_cast<std::int64_t>(kAccountsMax)};

std::string describe(const Workload& workload, std::size_t number) {
  const Transfer& transfer = workload.transfers[number];
  const Algorithm algorithm = workload.algorithm_of(number);
  const std::string own =
      algorithm == workload.algorithm ? "" : fmt::format(" {}", to_string(algorithm));
  return fmt::format("transfer {} {} {}{}", workload.accounts[transfer.from].id,
                     workload.accounts[transfer.to].id, transfer.amount, own);
}

template <sim::Runtime R>
std::string balances_text(const Ledger<R>& ledger) {
  std::string text;
  for (std::size_t i = 0; i < ledger.size(); ++i) {
    const auto& account = ledger.at(i);
    text += fmt::format("{}{} {}", i == 0 ? "" : "   ", account.id, account.balance.peek());
  }
  return text;
}

Money in_flight(const Workload& workload) {
  Money money;
  for (std::size_t i = 0; i < workload.details.size(); ++i) {
    money = money + in_flight(workload.details[i].excerpt, workload.transfers[i].amount);
  }
  return money;
}

/// Runs all transfers as tasks. `make_context(i)` gives the context of transfer i.
template <sim::Runtime R, class MakeContext>
void run(const Workload& workload, const MakeContext& make_context) {
  Ledger<R> ledger{workload.accounts};
  const Invariants invariants{ledger, in_flight(workload)};
  const sim::StateView balances{[&ledger] { return balances_text(ledger); }};
  std::vector<sim::thread> tasks;
  tasks.reserve(workload.transfers.size());
  for (std::size_t i = 0; i < workload.transfers.size(); ++i) {
    tasks.emplace_back([&workload, &ledger, &make_context, i] {
      typename R::Context context = make_context(i);
      context.describe([&] { return describe(workload, i); });
      try {
        execute(workload.algorithm_of(i), ledger, workload.transfers[i], context);
      } catch (const Unfollowed&) {
        // What it would do next is not part of the excerpt.
      }
    });
  }
  for (sim::thread& task : tasks) task.join();
}

void run(const Workload& workload) {
  const bool plain =
      std::all_of(workload.details.begin(), workload.details.end(),
                  [](const TransferDetail& detail) { return detail.excerpt == Excerpt{}; });
  if (plain) {
    run<sim::FiberRuntime>(workload, [](std::size_t) { return sim::FiberRuntime::Context{}; });
  } else {
    run<ExcerptRuntime>(workload, [&](std::size_t i) {
      return ExcerptRuntime::Context{workload.details[i].excerpt};
    });
  }
}

/// What is wrong with a header line, and where in its value. Caught in workload_from().
struct Failure {
  std::size_t offset;
  std::string message;
};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

struct Word {
  std::string_view text;
  std::size_t offset;  ///< in the value it stands in
};

std::vector<Word> words_of(std::string_view value) {
  std::vector<Word> words;
  std::size_t at = 0;
  while ((at = value.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(value.find_first_of(" \t", at), value.size());
    words.push_back({value.substr(at, end - at), at});
    at = end;
  }
  return words;
}

Money read_money(const Word& word) {
  const auto money = parse_money(word.text);
  if (!money) {
    throw Failure{
        word.offset,
        fmt::format("\"{}\" is no amount of money; write it as in 1000 or 1000.00", word.text)};
  }
  return *money;
}

Money read_balance(const Word& word) {
  const auto money = parse_balance(word.text);
  return money ? *money : read_money(word);
}

constexpr std::array<std::string_view, 6> kKeys{"algorithm", "start", "task",
                                                "past",      "until", "gives-up"};

bool is_operation(std::string_view text) {
  using namespace words;
  constexpr std::array<std::string_view, 8> kAll{kRead,  kDeduct, kCredit, kLoad,
                                                 kStore, kCommit, kLock,   kUnlock};
  return std::find(kAll.begin(), kAll.end(), text) != kAll.end();
}

std::string to_text(const PastStep& step) {
  std::string text = fmt::format("{} {}", step.operation, step.object);
  if (step.failed) text += " failed";
  if (step.value) text += fmt::format(" = {}", *step.value);
  if (step.value && step.changes_since > 0) {
    text += fmt::format(" {} changes ago", step.changes_since);
  }
  return text;
}

class HeaderReader {
 public:
  std::variant<Workload, sim::ScheduleError> read(const sim::Schedule& schedule) {
    const sim::HeaderLine* line = nullptr;
    try {
      // Accounts first: transfers name them, and the lines may come in any order.
      for (const std::string_view key : kKeys) {
        for (const sim::HeaderLine& header : schedule.program) {
          line = &header;
          if (header.key == key) read_line(header);
        }
      }
      for (const sim::HeaderLine& header : schedule.program) {
        line = &header;
        if (std::find(kKeys.begin(), kKeys.end(), header.key) == kKeys.end()) {
          return error(header, 0,
                       fmt::format("\"{}\" means nothing in a bank's schedule; there are {}",
                                   header.key, fmt::join(kKeys, ", ")));
        }
      }
      if (!algorithm_) throw Failure{0, "the line \"algorithm\" is missing"};
      if (workload_.transfers.empty()) throw Failure{0, "there is no line \"task\""};
    } catch (const Failure& failure) {
      if (line == nullptr) return sim::ScheduleError{1, 1, failure.message};
      return error(*line, failure.offset, failure.message);
    }
    workload_.algorithm = *algorithm_;
    if (!workload_.details.empty()) workload_.details.resize(workload_.transfers.size());
    return std::move(workload_);
  }

 private:
  static sim::ScheduleError error(const sim::HeaderLine& line, std::size_t offset,
                                  std::string message) {
    return {line.line, line.column + offset, std::move(message)};
  }

  void read_line(const sim::HeaderLine& header) {
    const std::vector<Word> words = words_of(header.value);
    if (words.empty()) throw Failure{0, fmt::format("\"{}\" has no value", header.key)};
    if (header.key == "algorithm") {
      read_algorithm(words);
    } else if (header.key == "start") {
      read_start(words);
    } else if (header.key == "task") {
      read_task(words);
    } else if (header.key == "past") {
      read_past(words);
    } else if (header.key == "until") {
      read_steps(header.key, words, &Excerpt::steps_max);
    } else {
      read_steps(header.key, words, &Excerpt::gives_up);
    }
  }

  void read_algorithm(const std::vector<Word>& words) {
    if (algorithm_) throw Failure{0, "\"algorithm\" stands here a second time"};
    if (words.size() > 1) throw Failure{words[1].offset, "expected one algorithm"};
    algorithm_ = algorithm(words.at(0));
  }
  static Algorithm algorithm(const Word& word) {
    const std::optional<Algorithm> algorithm = algorithm_named(word.text);
    if (algorithm) return *algorithm;
    std::string names;
    for (const AlgorithmInfo& info : kAlgorithms) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", info.name);
    }
    throw Failure{word.offset, fmt::format("expected one algorithm of {}", names)};
  }

  void read_start(const std::vector<Word>& words) {
    for (std::size_t i = 0; i < words.size(); i += 2) {
      if (find(words[i].text)) {
        throw Failure{words[i].offset, fmt::format("account {} is there already", words[i].text)};
      }
      if (i + 1 == words.size()) {
        throw Failure{words[i].offset, fmt::format("account {} has no balance", words[i].text)};
      }
      if (workload_.accounts.size() == kAccountsMax) {
        throw Failure{words[i].offset, fmt::format("more than {} accounts", kAccountsMax)};
      }
      if (std::any_of(words[i].text.begin(), words[i].text.end(), is_control)) {
        throw Failure{words[i].offset, "control characters are no name of an account"};
      }
      const Money balance = read_balance(words[i + 1]);
      balances_ = balances_ + (balance < Money{} ? Money{} - balance : balance);
      if (balances_ > kBalancesMax) {
        throw Failure{words[i + 1].offset, "the accounts hold more money than can be added up"};
      }
      workload_.accounts.push_back({std::string{words[i].text}, balance});
    }
  }

  void read_task(const std::vector<Word>& words) {
    const std::size_t number = workload_.transfers.size() + 1;
    if (number > kTransfersMax) {
      throw Failure{0, fmt::format("more than {} tasks", kTransfersMax)};
    }
    if (words.at(0).text != fmt::format("{}", number)) {
      throw Failure{0,
                    fmt::format("expected task {}: tasks are numbered from 1, in order", number)};
    }
    const bool has_own = words.size() == 6;
    if ((words.size() != 5 && !has_own) || words[1].text != "transfer") {
      throw Failure{0, "expected as in: task 1 transfer alice bob 800.00"};
    }
    Transfer transfer{account(words[2]), account(words[3]), read_money(words[4])};
    if (transfer.from == transfer.to) {
      throw Failure{words[3].offset, "a transfer goes to another account"};
    }
    if (transfer.amount == Money{}) throw Failure{words[4].offset, "the amount must be positive"};
    workload_.transfers.push_back(transfer);
    if (has_own) detail(workload_.transfers.size()).algorithm = algorithm(words[5]);
  }

  /// As in: past 1 commit alice.balance failed = 900.00 2 changes ago.
  void read_past(const std::vector<Word>& words) {
    if (words.size() < 3) {
      throw Failure{0, "expected as in: past 1 read alice.balance = 1000.00"};
    }
    PastStep step{std::string{words[1].text}, std::string{words[2].text}};
    if (!is_operation(step.operation)) {
      throw Failure{words[1].offset, fmt::format("\"{}\" is no step of a transfer", words[1].text)};
    }
    std::size_t at = 3;
    const auto next_is = [&](std::string_view text) {
      return at < words.size() && words[at].text == text;
    };
    step.failed = next_is("failed");
    if (step.failed) ++at;
    if (next_is("=") && at + 1 < words.size()) {
      step.value = read_balance(words[at + 1]);
      at += 2;
      if (at + 3 == words.size() && words[at + 1].text == "changes" &&
          words[at + 2].text == "ago") {
        step.changes_since = number(words[at], 1'000'000'000);
        at += 3;
      }
    }
    if (at != words.size()) {
      throw Failure{words[at].offset, fmt::format("unexpected \"{}\"", words[at].text)};
    }
    detail(task(words[0])).excerpt.past.push_back(std::move(step));
  }

  /// As in: until 1 2 steps.
  void read_steps(const std::string& key, const std::vector<Word>& words,
                  std::optional<std::uint32_t> Excerpt::*member) {
    if (words.size() != 3 || words[2].text != "steps") {
      throw Failure{0, fmt::format("expected as in: {} 1 2 steps", key)};
    }
    std::optional<std::uint32_t>& steps = detail(task(words[0])).excerpt.*member;
    if (steps) {
      throw Failure{0, fmt::format("\"{}\" stands here a second time for this task", key)};
    }
    steps = static_cast<std::uint32_t>(number(words[1], std::numeric_limits<std::uint32_t>::max()));
  }

  /// Of a task, numbered from 1.
  TransferDetail& detail(std::size_t number) {
    workload_.details.resize(workload_.transfers.size());
    return workload_.details[number - 1];
  }
  [[nodiscard]] std::size_t task(const Word& word) const {
    const std::uint64_t task = number(word, kTransfersMax);
    if (task == 0 || task > workload_.transfers.size()) {
      throw Failure{word.offset, fmt::format("there is no task {}", word.text)};
    }
    return task;
  }
  static std::uint64_t number(const Word& word, std::uint64_t max) {
    std::uint64_t value = 0;
    const char* const end = word.text.data() + word.text.size();
    const auto parsed = std::from_chars(word.text.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value > max) {
      throw Failure{word.offset, fmt::format("expected a number up to {}", max)};
    }
    return value;
  }

  [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const {
    for (std::size_t i = 0; i < workload_.accounts.size(); ++i) {
      if (workload_.accounts[i].id == id) return i;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t account(const Word& word) const {
    const auto position = find(word.text);
    if (!position) {
      throw Failure{word.offset, fmt::format("there is no account \"{}\" in \"start\"", word.text)};
    }
    return *position;
  }

  Workload workload_;
  Money balances_;  ///< of its accounts, without their signs
  std::optional<Algorithm> algorithm_;
};

/// Without each of the transfers in turn.
std::vector<sim::SmallerProgram> smaller_programs(const Workload& workload) {
  std::vector<sim::SmallerProgram> programs;
  const auto transfers = static_cast<std::uint32_t>(workload.transfers.size());
  for (std::uint32_t i = 0; i < transfers && transfers > 1; ++i) {
    Workload rest = workload;
    rest.transfers.erase(rest.transfers.begin() + i);
    if (!rest.details.empty()) rest.details.erase(rest.details.begin() + i);
    programs.push_back({make_program(std::move(rest)), i + 1});
  }
  return programs;
}

}  // namespace

sim::Program make_program(Workload workload) {
  sim::Program program;
  program.header = header_of(workload);
  // Shared, because a body is copied around while tasks refer to its workload.
  const auto shared = std::make_shared<const Workload>(std::move(workload));
  program.body = [shared] { run(*shared); };
  program.smaller = [shared] { return smaller_programs(*shared); };
  return program;
}

std::vector<sim::HeaderLine> header_of(const Workload& workload) {
  std::vector<sim::HeaderLine> lines;
  lines.push_back({"algorithm", std::string{to_string(workload.algorithm)}});
  std::string start;
  for (const AccountStart& account : workload.accounts) {
    start += fmt::format("{}{} {}", start.empty() ? "" : "   ", account.id, account.balance);
  }
  lines.push_back({"start", std::move(start)});
  for (std::size_t i = 0; i < workload.transfers.size(); ++i) {
    lines.push_back({"task", fmt::format("{} {}", i + 1, describe(workload, i))});
  }
  for (std::size_t i = 0; i < workload.details.size(); ++i) {
    const Excerpt& excerpt = workload.details[i].excerpt;
    for (const PastStep& step : excerpt.past) {
      lines.push_back({"past", fmt::format("{} {}", i + 1, to_text(step))});
    }
    if (excerpt.steps_max) {
      lines.push_back({"until", fmt::format("{} {} steps", i + 1, *excerpt.steps_max)});
    }
    if (excerpt.gives_up) {
      lines.push_back({"gives-up", fmt::format("{} {} steps", i + 1, *excerpt.gives_up)});
    }
  }
  return lines;
}

std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule) {
  return HeaderReader{}.read(schedule);
}

}  // namespace bank
