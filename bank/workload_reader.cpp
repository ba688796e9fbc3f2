#include <bank/workload_header.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bank/excerpt_runtime.hpp>

namespace bank {
namespace {

constexpr std::size_t kTransfersMax = sim::kTasksMax - 1;
/// Together with kTransfersMax below 1,000, because a sum of 1,000 amounts does not overflow.
constexpr std::size_t kAccountsMax = 500;
/// Limit on the sum of all balances without their signs, so that no sum of balances and transfers
/// overflows.
constexpr Money kBalancesMax{kMoneyMax.cents * static_cast<std::int64_t>(kAccountsMax)};

/// An error in a header line, with its offset in the value. HeaderReader::read() turns it into a
/// ScheduleError.
struct Failure {
  std::size_t offset;
  std::string message;
};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

struct Word {
  std::string_view text;
  std::size_t offset;  ///< in the header line's value
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
        fmt::format("expected an amount of money, as in 1000 or 1000.00, got \"{}\"", word.text)};
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

class HeaderReader {
 public:
  std::variant<Workload, sim::ScheduleError> read(const sim::Schedule& schedule) {
    const sim::HeaderLine* line = nullptr;
    try {
      // In the order of kKeys, not of the lines, because transfers refer to accounts.
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
                       fmt::format("unknown header \"{}\"; the headers of a bank's schedule are {}",
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
    if (algorithm_) throw Failure{0, "expected one line \"algorithm\", got a second"};
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
    throw Failure{word.offset, fmt::format("expected one of {}, got \"{}\"", names, word.text)};
  }

  void read_start(const std::vector<Word>& words) {
    for (std::size_t i = 0; i < words.size(); i += 2) {
      if (find(words[i].text)) {
        throw Failure{words[i].offset, fmt::format("account {} is listed twice", words[i].text)};
      }
      if (i + 1 == words.size()) {
        throw Failure{words[i].offset, fmt::format("account {} has no balance", words[i].text)};
      }
      if (workload_.accounts.size() == kAccountsMax) {
        throw Failure{words[i].offset, fmt::format("expected at most {} accounts", kAccountsMax)};
      }
      if (std::any_of(words[i].text.begin(), words[i].text.end(), is_control)) {
        throw Failure{words[i].offset, "an account's name must not contain control characters"};
      }
      const Money balance = read_balance(words[i + 1]);
      balances_ = balances_ + (balance < Money{} ? Money{} - balance : balance);
      if (balances_ > kBalancesMax) {
        throw Failure{words[i + 1].offset, "the sum of the balances is too large"};
      }
      workload_.accounts.push_back({std::string{words[i].text}, balance});
    }
  }

  void read_task(const std::vector<Word>& words) {
    const std::size_t number = workload_.transfers.size() + 1;
    if (number > kTransfersMax) {
      throw Failure{0, fmt::format("expected at most {} tasks", kTransfersMax)};
    }
    if (words.at(0).text != fmt::format("{}", number)) {
      throw Failure{0,
                    fmt::format("expected task {}: tasks are numbered from 1, in order", number)};
    }
    const bool has_own = words.size() == 6;
    if ((words.size() != 5 && !has_own) || words[1].text != "transfer") {
      throw Failure{0, "expected a line like: task 1 transfer alice bob 800.00"};
    }
    Transfer transfer{account(words[2]), account(words[3]), read_money(words[4])};
    if (transfer.from == transfer.to) {
      throw Failure{words[3].offset, "the two accounts of a transfer must differ"};
    }
    if (transfer.amount == Money{}) throw Failure{words[4].offset, "the amount must be positive"};
    workload_.transfers.push_back(transfer);
    if (has_own) detail(workload_.transfers.size()).algorithm = algorithm(words[5]);
  }

  /// Reads a line like: past 1 commit alice.balance failed = 900.00 2 changes ago.
  void read_past(const std::vector<Word>& words) {
    if (words.size() < 3) {
      throw Failure{0, "expected a line like: past 1 read alice.balance = 1000.00"};
    }
    PastStep step{std::string{words[1].text}, std::string{words[2].text}};
    if (!is_operation(step.operation)) {
      throw Failure{words[1].offset,
                    fmt::format("expected a step of a transfer, got \"{}\"", words[1].text)};
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

  /// Reads a line like: until 1 2 steps.
  void read_steps(const std::string& key, const std::vector<Word>& words,
                  std::optional<std::uint32_t> Excerpt::*member) {
    if (words.size() != 3 || words[2].text != "steps") {
      throw Failure{0, fmt::format("expected a line like: {} 1 2 steps", key)};
    }
    std::optional<std::uint32_t>& steps = detail(task(words[0])).excerpt.*member;
    if (steps) {
      throw Failure{0, fmt::format("expected one line \"{}\" for this task, got a second", key)};
    }
    steps = static_cast<std::uint32_t>(number(words[1], std::numeric_limits<std::uint32_t>::max()));
  }

  /// The details of the task with this number, counted from 1.
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
      throw Failure{word.offset,
                    fmt::format("expected a number up to {}, got \"{}\"", max, word.text)};
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
  Money balances_;  ///< sum of the absolute values of all balances read so far
  std::optional<Algorithm> algorithm_;
};

}  // namespace

std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule) {
  return HeaderReader{}.read(schedule);
}

}  // namespace bank
