#pragma once
// The lab's settings, which /admin/settings shows and changes: delay, barrier, algorithm,
// recording.

#include <optional>
#include <string>
#include <variant>

#include <bank/algorithm.hpp>

namespace http {

inline constexpr int kDelayMsMax = 60'000;
/// The largest barrier; that many transfers can wait at once.
inline constexpr int kBarrierCountMax = 256;

/// What the lab does to each transfer that begins.
struct Settings {
  bool delay_enabled = false;
  int delay_ms = 100;  ///< 0 to kDelayMsMax
  bool barrier_enabled = false;
  int barrier_count = 2;  ///< 1 to kBarrierCountMax
  bank::Algorithm algorithm = bank::Algorithm::check_then_act;
  bool recording_enabled = true;  ///< record the steps of transfers, so that they can be replayed

  /// Safe mode: whether the algorithm is the one with ordered locks.
  [[nodiscard]] bool use_transactions() const {
    return algorithm == bank::Algorithm::ordered_locks;
  }

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// New values for some of the settings, each within its range.
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

/// The algorithm that the setting `use_transactions` stands for.
constexpr bank::Algorithm algorithm_of(bool use_transactions) {
  return use_transactions ? bank::Algorithm::ordered_locks : bank::Algorithm::check_then_act;
}

/// Returns the settings after a change, or what is wrong with it. `use_transactions` and
/// `algorithm` are two names for one setting. If a change has both, the one that equals the current
/// value is ignored, so that a client can send back a response of the lab with either of them
/// changed; if both differ from the current values they must agree.
std::variant<Settings, std::string> changed(const Settings& now, const SettingsChange& change);

}  // namespace http
