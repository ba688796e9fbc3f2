#include <bank/workload.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <bank/invariants.hpp>
#include <sim/check.hpp>
#include <sim/fiber_runtime.hpp>
#include <sim/sync/thread.hpp>

namespace bank {
namespace {

using Fibers = sim::FiberRuntime;

constexpr std::size_t kTransfersMax = sim::kTasksMax - 1;
/// With the transfers fewer than the thousand amounts whose sum does not overflow.
constexpr std::size_t kAccountsMax = 500;

std::string describe(const Workload& workload, const Transfer& transfer) {
  return fmt::format("transfer {} {} {}", workload.accounts[transfer.from].id,
                     workload.accounts[transfer.to].id, transfer.amount);
}

void run(const Workload& workload) {
  Ledger<Fibers> ledger{workload.accounts};
  const Invariants invariants{ledger};
  const sim::StateView balances{[&ledger] {
    std::string text;
    for (std::size_t i = 0; i < ledger.size(); ++i) {
      const auto& account = ledger.at(i);
      text += fmt::format("{}{} {}", i == 0 ? "" : "   ", account.id, account.balance.peek());
    }
    return text;
  }};
  std::vector<sim::thread> tasks;
  tasks.reserve(workload.transfers.size());
  for (const Transfer& transfer : workload.transfers) {
    tasks.emplace_back([&workload, &ledger, &transfer] {
      Fibers::Context context;
      context.describe([&] { return describe(workload, transfer); });
      execute(workload.algorithm, ledger, transfer, context);
    });
  }
  for (sim::thread& task : tasks) task.join();
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

class HeaderReader {
 public:
  std::variant<Workload, sim::ScheduleError> read(const sim::Schedule& schedule) {
    const sim::HeaderLine* line = nullptr;
    try {
      // Accounts first: transfers name them, and the lines may come in any order.
      for (const std::string_view key : {"algorithm", "start", "task"}) {
        for (const sim::HeaderLine& header : schedule.program) {
          line = &header;
          if (header.key == key) read_line(header);
        }
      }
      for (const sim::HeaderLine& header : schedule.program) {
        line = &header;
        if (header.key != "algorithm" && header.key != "start" && header.key != "task") {
          return error(
              header, 0,
              fmt::format("\"{}\" means nothing in a bank's schedule; there are algorithm, "
                          "start and task",
                          header.key));
        }
      }
      if (!algorithm_) throw Failure{0, "the line \"algorithm\" is missing"};
      if (workload_.transfers.empty()) throw Failure{0, "there is no line \"task\""};
    } catch (const Failure& failure) {
      if (line == nullptr) return sim::ScheduleError{1, 1, failure.message};
      return error(*line, failure.offset, failure.message);
    }
    workload_.algorithm = *algorithm_;
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
    } else {
      read_task(words);
    }
  }

  void read_algorithm(const std::vector<Word>& words) {
    if (algorithm_) throw Failure{0, "\"algorithm\" stands here a second time"};
    algorithm_ = algorithm_named(words.at(0).text);
    if (!algorithm_ || words.size() > 1) {
      std::string names;
      for (const AlgorithmInfo& info : kAlgorithms) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", info.name);
      }
      throw Failure{words.size() > 1 ? words[1].offset : 0,
                    fmt::format("expected one algorithm of {}", names)};
    }
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
      workload_.accounts.push_back({std::string{words[i].text}, read_money(words[i + 1])});
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
    if (words.size() != 5 || words[1].text != "transfer") {
      throw Failure{0, "expected as in: task 1 transfer alice bob 800.00"};
    }
    Transfer transfer{account(words[2]), account(words[3]), read_money(words[4])};
    if (transfer.from == transfer.to) {
      throw Failure{words[3].offset, "a transfer goes to another account"};
    }
    if (transfer.amount == Money{}) throw Failure{words[4].offset, "the amount must be positive"};
    workload_.transfers.push_back(transfer);
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
  std::optional<Algorithm> algorithm_;
};

/// Without each of the transfers in turn.
std::vector<sim::SmallerProgram> smaller_programs(const Workload& workload) {
  std::vector<sim::SmallerProgram> programs;
  const auto transfers = static_cast<std::uint32_t>(workload.transfers.size());
  for (std::uint32_t i = 0; i < transfers && transfers > 1; ++i) {
    Workload rest = workload;
    rest.transfers.erase(rest.transfers.begin() + i);
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
    lines.push_back(
        {"task", fmt::format("{} {}", i + 1, describe(workload, workload.transfers[i]))});
  }
  return lines;
}

std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule) {
  return HeaderReader{}.read(schedule);
}

}  // namespace bank
