#include <http/decode.hpp>

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
  return {422, fmt::format("{}: {}", where, what)};
}

/// An object, or what is wrong with the text. Throws nothing.
Decoded<Json> parse_object(std::string_view body) {
  try {
    Json json = Json::parse(body);
    if (!json.is_object())
      return wrong("body", fmt::format("must be a JSON object, is {} {}",
                                       json.is_array() ? "an" : "a", json.type_name()));
    return json;
  } catch (const Json::out_of_range&) {
    return wrong("body", "has a number that is too large");
  } catch (const Json::parse_error& error) {
    return Invalid{400, fmt::format("body: is no JSON, at byte {}", error.byte)};
  }
}

/// Null where the object has no such field.
const Json* field(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it == object.end() ? nullptr : &*it;
}

Decoded<std::string> account_field(const Json& object, const char* name) {
  const Json* const value = field(object, name);
  const std::string where = fmt::format("body.{}", name);
  if (value == nullptr) return wrong(where, "is missing");
  if (!value->is_string()) return wrong(where, "must be a text, the id of an account");
  if (value->get_ref<const std::string&>().empty()) return wrong(where, "must not be empty");
  return value->get<std::string>();
}

Decoded<bank::Money> amount_field(const Json& object) {
  constexpr const char* kWhere = "body.amount";
  const Json* const value = field(object, "amount");
  if (value == nullptr) return wrong(kWhere, "is missing");
  if (!value->is_number()) return wrong(kWhere, "must be a number");
  const double amount = value->get<double>();
  if (!(amount > 0)) return wrong(kWhere, "must be greater than 0");
  if (amount * 100 > static_cast<double>(bank::kMoneyMax.cents)) {
    return wrong(kWhere, fmt::format("must be at most {}", bank::kMoneyMax));
  }
  // The nearest number of whole cents must read back as just this number.
  const bank::Money money{std::llround(amount * 100)};
  if (money.cents == 0 || static_cast<double>(money.cents) / 100 != amount) {
    return wrong(kWhere, "must be in whole cents");
  }
  return money;
}

/// The readers of the settings: each puts a value in its place, or says what is wrong with it.
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
  return "is no setting";
}

}  // namespace

Decoded<TransferOrder> decode_transfer(std::string_view body) {
  const auto object = parse_object(body);
  if (const auto* const invalid = std::get_if<Invalid>(&object)) return *invalid;
  const Json& json = std::get<Json>(object);
  const auto from = account_field(json, "from_account");
  if (const auto* const invalid = std::get_if<Invalid>(&from)) return *invalid;
  const auto to = account_field(json, "to_account");
  if (const auto* const invalid = std::get_if<Invalid>(&to)) return *invalid;
  const auto amount = amount_field(json);
  if (const auto* const invalid = std::get_if<Invalid>(&amount)) return *invalid;
  TransferOrder order{std::get<std::string>(from), std::get<std::string>(to),
                      std::get<bank::Money>(amount)};
  if (order.from == order.to) return wrong("body.to_account", "must differ from from_account");
  return order;
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

Decoded<bool> flag_parameter(const Request& request, std::string_view name, bool fallback) {
  const std::string* const text = request.parameter(name);
  if (text == nullptr) return fallback;
  if (const auto flag = parse_flag(*text)) return *flag;
  return wrong(fmt::format("query.{}", name), "must be true, false, 1 or 0");
}

Decoded<int> integer_parameter(const Request& request, std::string_view name, int fallback, int min,
                               int max) {
  const std::string* const text = request.parameter(name);
  if (text == nullptr) return fallback;
  if (const auto number = parse_integer(*text, min, max)) return *number;
  return wrong(fmt::format("query.{}", name),
               fmt::format("must be a whole number from {} to {}", min, max));
}

}  // namespace http
