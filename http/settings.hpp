#pragma once

#include <optional>
#include <string>
#include <variant>

#include <bank/algorithm.hpp>

namespace http {

inline constexpr int kDelayMsMax = 60'000;
/// As many can wait at a barrier at once.
inline constexpr int kBarrierCountMax = 256;

/// What the lab does to each transfer that begins.
struct Settings {
  bool delay_enabled = false;
  int delay_ms = 100;  ///< 0 to kDelayMsMax
  bool barrier_enabled = false;
  int barrier_count = 2;  ///< 1 to kBarrierCountMax
  bank::Algorithm algorithm = bank::Algorithm::check_then_act;
  bool recording_enabled = true;  ///< write down what really happens

  /// Safe mode: true means the ordered locks, and nothing else.
  [[nodiscard]] bool use_transactions() const {
    return algorithm == bank::Algorithm::ordered_locks;
  }

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// New values for some of the settings; those in range.
struct SettingsChange {
  std::optional<bool> delay_enabled;
  std::optional<int> delay_ms;
  std::optional<bool> barrier_enabled;
  std::optional<int> barrier_count;
  std::optional<bool> use_transactions;
  std::optional<bank::Algorithm> algorithm;
  std::optional<bool> recording_enabled;

  [[nodiscard]] bool names_barrier() const { return barrier_enabled || barrier_count; }
};

constexpr bank::Algorithm algorithm_of(bool use_transactions) {
  return use_transactions ? bank::Algorithm::ordered_locks : bank::Algorithm::check_then_act;
}

/// The settings after a change, or what is wrong with it. `use_transactions` and `algorithm` are
/// two names for one thing: of both, the one that says what holds already changes nothing, so that
/// an answer of the lab can be sent back with either changed; two changes must agree.
std::variant<Settings, std::string> changed(const Settings& now, const SettingsChange& change);

}  // namespace http
