#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <http/message.hpp>
#include <http/record.hpp>
#include <http/settings.hpp>
#include <http/simulator.hpp>

namespace http {

/// What came in is not what it should be: the status to answer with, what is wrong, and where.
struct Invalid {
  int status;  ///< 400: it cannot be read; 422: its shape or a value is wrong
  std::string detail;
};

template <class T>
using Decoded = std::variant<T, Invalid>;

/// The body of a transfer. Whether there are such accounts is not looked at.
Decoded<TransferOrder> decode_transfer(std::string_view body);

/// The body of a change of settings: any subset of the fields, and no other.
Decoded<SettingsChange> decode_settings(std::string_view body);

/// The task that a transfer says it is, in X-Racelab-Task; empty where it does not.
Decoded<std::optional<std::size_t>> decode_task(const Request& request);

/// The body of a simulation: accounts, transfers between them, and the choices made so far.
Decoded<Simulation> decode_simulation(std::string_view body);

/// Whether JSON can have the text.
bool is_utf8(std::string_view text);

/// "true", "false", "1" or "0", in any case.
std::optional<bool> parse_flag(std::string_view text);

/// A whole number, decimal, `min` to `max`.
std::optional<int> parse_integer(std::string_view text, int min, int max);

/// A query parameter; `fallback` where it is not given.
Decoded<bool> flag_parameter(const Request& request, std::string_view name, bool fallback);
Decoded<int> integer_parameter(const Request& request, std::string_view name, int fallback, int min,
                               int max);

}  // namespace http
