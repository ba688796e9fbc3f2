#include <http/api/decode.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <bank/algorithm.hpp>

namespace http {
namespace {

using Json = nlohmann::json;

Invalid wrong(std::string_view where, std::string_view what) {
  return {Invalid::Kind::unacceptable, fmt::format("{}: {}", where, what)};
}

/// Parses a JSON object.
Decoded<Json> parse_object(std::string_view body) {
  try {
    Json json = Json::parse(body);
    if (!json.is_object())
      return wrong("body", fmt::format("must be a JSON object, not {} {}",
                                       json.is_array() ? "an" : "a", json.type_name()));
    return json;
  } catch (const Json::out_of_range&) {
    return wrong("body", "contains a number that is too large");
  } catch (const Json::parse_error& error) {
    return Invalid{Invalid::Kind::unreadable,
                   fmt::format("body: not valid JSON at byte {}", error.byte)};
  }
}

/// Returns a member of an object, or null if the object does not have it.
const Json* field(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

/// An object and the name that messages use for it, such as "body" or "body.transfers[2]".
struct Place {
  const Json& object;
  std::string where;

  [[nodiscard]] const Json* find(const char* name) const { return field(object, name); }
  [[nodiscard]] std::string of(const char* name) const { return fmt::format("{}.{}", where, name); }
};

Decoded<std::string> account_field(const Place& place, const char* name) {
  const Json* const value = place.find(name);
  if (value == nullptr) return wrong(place.of(name), "is missing");
  if (!value->is_string()) return wrong(place.of(name), "must be a string, the id of an account");
  if (value->get_ref<const std::string&>().empty()) {
    return wrong(place.of(name), "must not be empty");
  }
  return value->get<std::string>();
}

/// Reads an amount, which may be zero.
Decoded<bank::Money> money_field(const Place& place, const char* name) {
  const Json* const value = place.find(name);
  if (value == nullptr) return wrong(place.of(name), "is missing");
  if (!value->is_number()) return wrong(place.of(name), "must be a number");
  const double amount = value->get<double>();
  if (!(amount >= 0)) return wrong(place.of(name), "must not be negative");
  if (amount * 100 > static_cast<double>(bank::kMoneyMax.cents)) {
    return wrong(place.of(name), fmt::format("must be at most {}", bank::kMoneyMax));
  }
  // The nearest whole number of cents must convert back to exactly this number.
  const bank::Money money{std::llround(amount * 100)};
  if (static_cast<double>(money.cents) / 100 != amount) {
    return wrong(place.of(name), "must be in whole cents");
  }
  return money;
}

Decoded<TransferOrder> read_order(const Place& place) {
  const auto from = account_field(place, "from_account");
  if (const auto* const invalid = std::get_if<Invalid>(&from)) return *invalid;
  const auto to = account_field(place, "to_account");
  if (const auto* const invalid = std::get_if<Invalid>(&to)) return *invalid;
  const Json* const amount = place.find("amount");
  if (amount != nullptr && amount->is_number() && !(amount->get<double>() > 0)) {
    return wrong(place.of("amount"), "must be greater than 0");
  }
  const auto money = money_field(place, "amount");
  if (const auto* const invalid = std::get_if<Invalid>(&money)) return *invalid;
  TransferOrder order{std::get<std::string>(from), std::get<std::string>(to),
                      std::get<bank::Money>(money)};
  if (order.from == order.to) return wrong(place.of("to_account"), "must differ from from_account");
  return order;
}

// The readers of settings store a value in `to`, or return what is wrong with it.
std::string read_flag(const Json& value, std::optional<bool>& to) {
  if (!value.is_boolean()) return "must be true or false";
  to = value.get<bool>();
  return {};
}

std::string read_integer(const Json& value, std::optional<int>& to, int min, int max) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(number >= min && number <= max && number == std::floor(number))) {
    return fmt::format("must be a whole number from {} to {}", min, max);
  }
  to = static_cast<int>(number);
  return {};
}

std::string read_algorithm(const Json& value, std::optional<bank::Algorithm>& to) {
  if (value.is_string()) to = bank::algorithm_named(value.get_ref<const std::string&>());
  if (to) return {};
  std::string names;
  for (const bank::AlgorithmInfo& info : bank::kAlgorithms) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", info.name);
  }
  return fmt::format("must be one of {}", names);
}

std::string read_setting(const std::string& name, const Json& value, SettingsChange& to) {
  if (name == "delay_enabled") return read_flag(value, to.delay_enabled);
  if (name == "delay_ms") return read_integer(value, to.delay_ms, 0, kDelayMsMax);
  if (name == "barrier_enabled") return read_flag(value, to.barrier_enabled);
  if (name == "barrier_count") return read_integer(value, to.barrier_count, 1, kBarrierCountMax);
  if (name == "use_transactions") return read_flag(value, to.use_transactions);
  if (name == "algorithm") return read_algorithm(value, to.algorithm);
  if (name == "recording_enabled") return read_flag(value, to.recording_enabled);
  return "is not a setting";
}

/// What the readers of a simulation return: what is wrong, or nothing if they stored the value.
using Problem = std::optional<Invalid>;

/// Whether a schedule file can contain the id: its words are separated by spaces.
bool is_name(const std::string& id) {
  return std::none_of(id.begin(), id.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

std::optional<std::size_t> position_of(const std::string& id, const bank::Workload& workload) {
  for (std::size_t i = 0; i < workload.accounts.size(); ++i) {
    if (workload.accounts[i].id == id) return i;
  }
  return std::nullopt;
}

/// Returns a member that must be a list of `min` to `max` elements.
Decoded<const Json*> list_field(const Json& body, const char* name, std::size_t min,
                                std::size_t max) {
  const std::string where = fmt::format("body.{}", name);
  const Json* const list = field(body, name);
  if (list == nullptr) return wrong(where, "is missing");
  if (!list->is_array()) return wrong(where, "must be a list");
  if (list->size() < min) return wrong(where, "must not be empty");
  if (list->size() > max) return wrong(where, fmt::format("must have at most {} elements", max));
  return list;
}

Problem read_account(const Place& place, bank::Workload& to) {
  const auto id = account_field(place, "id");
  if (const auto* const invalid = std::get_if<Invalid>(&id)) return *invalid;
  const auto& name = std::get<std::string>(id);
  if (!is_name(name)) return wrong(place.of("id"), "must not contain spaces or control characters");
  if (position_of(name, to)) {
    return wrong(place.of("id"), fmt::format("account \"{}\" is listed twice", name));
  }
  const auto balance = money_field(place, "balance");
  if (const auto* const invalid = std::get_if<Invalid>(&balance)) return *invalid;
  to.accounts.push_back({name, std::get<bank::Money>(balance)});
  return std::nullopt;
}

Problem read_transfer(const Place& place, bank::Workload& to) {
  const auto read = read_order(place);
  if (const auto* const invalid = std::get_if<Invalid>(&read)) return *invalid;
  const auto& order = std::get<TransferOrder>(read);
  const auto from = position_of(order.from, to);
  const auto target = position_of(order.to, to);
  if (!from || !target) {
    return wrong(place.of(from ? "to_account" : "from_account"),
                 fmt::format("there is no account \"{}\"", from ? order.to : order.from));
  }
  to.transfers.push_back({*from, *target, order.amount});
  return std::nullopt;
}

/// Calls `read` for each object of a list.
Problem read_each(const Json& body, const char* name, std::size_t max, bank::Workload& to,
                  Problem (*read)(const Place&, bank::Workload&)) {
  const auto list = list_field(body, name, 1, max);
  if (const auto* const invalid = std::get_if<Invalid>(&list)) return *invalid;
  std::size_t i = 0;
  for (const Json& element : *std::get<const Json*>(list)) {
    const Place place{element, fmt::format("body.{}[{}]", name, i++)};
    if (!element.is_object()) return wrong(place.where, "must be an object");
    if (const Problem problem = read(place, to)) return problem;
  }
  return std::nullopt;
}

Problem read_choices(const Json& body, Simulation& to) {
  if (field(body, "choices") == nullptr) return std::nullopt;
  const auto list = list_field(body, "choices", 0, kChoicesMax);
  if (const auto* const invalid = std::get_if<Invalid>(&list)) return *invalid;
  const auto tasks = static_cast<int>(to.workload.transfers.size());
  for (const Json& choice : *std::get<const Json*>(list)) {
    std::optional<int> task;
    const std::string problem = read_integer(choice, task, 1, tasks);
    const std::string where = fmt::format("body.choices[{}]", to.choices.size());
    if (!problem.empty()) return wrong(where, problem + ", the number of a transfer");
    to.choices.push_back(static_cast<std::size_t>(*task));
  }
  return std::nullopt;
}

Problem read_workload(const Json& body, bank::Workload& to) {
  const Json* const algorithm = field(body, "algorithm");
  if (algorithm == nullptr) return wrong("body.algorithm", "is missing");
  std::optional<bank::Algorithm> named;
  const std::string problem = read_algorithm(*algorithm, named);
  if (!problem.empty()) return wrong("body.algorithm", problem);
  to.algorithm = *named;
  if (auto invalid = read_each(body, "accounts", kSimulatedAccountsMax, to, read_account)) {
    return invalid;
  }
  return read_each(body, "transfers", kSimulatedTransfersMax, to, read_transfer);
}

}  // namespace

Decoded<TransferOrder> decode_transfer(std::string_view body) {
  const auto object = parse_object(body);
  if (const auto* const invalid = std::get_if<Invalid>(&object)) return *invalid;
  return read_order({std::get<Json>(object), "body"});
}

Decoded<SettingsChange> decode_settings(std::string_view body) {
  const auto object = parse_object(body);
  if (const auto* const invalid = std::get_if<Invalid>(&object)) return *invalid;
  SettingsChange change;
  for (const auto& [name, value] : std::get<Json>(object).items()) {
    const std::string problem = read_setting(name, value, change);
    if (!problem.empty()) return wrong(fmt::format("body.{}", name), problem);
  }
  return change;
}

Decoded<std::optional<std::size_t>> decode_task(const Request& request) {
  constexpr int kTaskMax = 1'000'000;
  if (request.task.empty()) return std::optional<std::size_t>{};
  const auto number = parse_integer(request.task, 1, kTaskMax);
  if (!number) return wrong("header X-Racelab-Task", "must be the number of a task, from 1");
  return std::optional<std::size_t>{static_cast<std::size_t>(*number)};
}

Decoded<Simulation> decode_simulation(std::string_view body) {
  const auto object = parse_object(body);
  if (const auto* const invalid = std::get_if<Invalid>(&object)) return *invalid;
  const Json& json = std::get<Json>(object);
  Simulation simulation;
  if (const Problem problem = read_workload(json, simulation.workload)) return *problem;
  if (const Problem problem = read_choices(json, simulation)) return *problem;
  return simulation;
}

std::optional<bool> parse_flag(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true" || lower == "1") return true;
  if (lower == "false" || lower == "0") return false;
  return std::nullopt;
}

std::optional<int> parse_integer(std::string_view text, int min, int max) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  if (number < min || number > max) return std::nullopt;
  return number;
}

bool ParameterReader::flag(std::string_view name, bool fallback) {
  const std::string* const text = request_.parameter(name);
  if (text == nullptr) return fallback;
  const auto flag = parse_flag(*text);
  if (!flag) note(name, "must be true, false, 1 or 0");
  return flag.value_or(fallback);
}

int ParameterReader::integer(std::string_view name, int fallback, int min, int max) {
  const std::string* const text = request_.parameter(name);
  if (text == nullptr) return fallback;
  const auto number = parse_integer(*text, min, max);
  if (!number) note(name, fmt::format("must be a whole number from {} to {}", min, max));
  return number.value_or(fallback);
}

void ParameterReader::note(std::string_view name, std::string_view what) {
  if (!problem_) problem_ = wrong(fmt::format("query.{}", name), what);
}

}  // namespace http
