#pragma once
// Reads the bodies, parameters and headers of requests. Each function returns the value, or what is
// wrong with it and where ("body.amount: must be a number"). Nothing here throws.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <http/api/simulator.hpp>
#include <http/lab/invalid.hpp>
#include <http/lab/record.hpp>
#include <http/lab/settings.hpp>
#include <http/server/message.hpp>

namespace http {

/// Decodes the body of a transfer. Does not check whether the accounts exist.
Decoded<TransferOrder> decode_transfer(std::string_view body);

/// Decodes a change of settings: any subset of their fields, and no other field.
Decoded<SettingsChange> decode_settings(std::string_view body);

/// Decodes the header X-Racelab-Task, the number of a task of the driven schedule, from 1. Empty if
/// the request does not have it.
Decoded<std::optional<std::size_t>> decode_task(const Request& request);

/// Decodes the body of a simulation: accounts, transfers between them, and the choices made so far.
Decoded<Simulation> decode_simulation(std::string_view body);

/// Reads "true", "false", "1" or "0", in any case.
std::optional<bool> parse_flag(std::string_view text);

/// Reads a decimal integer from `min` to `max`, both included.
std::optional<int> parse_integer(std::string_view text, int min, int max);

/// Reads the query parameters of a request, and keeps the first problem. Use the values only if
/// problem() is empty.
class ParameterReader {
 public:
  /// `request` must outlive the reader.
  explicit ParameterReader(const Request& request) : request_(request) {}

  /// Returns the parameter, or `fallback` if it is not given.
  bool flag(std::string_view name, bool fallback);
  /// Returns the parameter, from `min` to `max`, or `fallback` if it is not given.
  int integer(std::string_view name, int fallback, int min, int max);

  [[nodiscard]] const std::optional<Invalid>& problem() const { return problem_; }

 private:
  void note(std::string_view name, std::string_view what);

  const Request& request_;
  std::optional<Invalid> problem_;
};

}  // namespace http
