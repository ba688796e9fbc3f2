#include <http/lab/settings.hpp>

#include <fmt/format.h>

namespace http {

std::variant<Settings, std::string> changed(const Settings& now, const SettingsChange& change) {
  Settings next = now;
  next.delay_enabled = change.delay_enabled.value_or(now.delay_enabled);
  next.delay_ms = change.delay_ms.value_or(now.delay_ms);
  next.barrier_enabled = change.barrier_enabled.value_or(now.barrier_enabled);
  next.barrier_count = change.barrier_count.value_or(now.barrier_count);
  next.algorithm = change.algorithm.value_or(now.algorithm);
  next.recording_enabled = change.recording_enabled.value_or(now.recording_enabled);
  if (!change.use_transactions) return next;
  const bool wanted = *change.use_transactions;
  if (!change.algorithm || *change.algorithm == now.algorithm) {
    const bool already = change.algorithm && wanted == now.use_transactions();
    if (!already) next.algorithm = algorithm_of(wanted);
  } else if (wanted != now.use_transactions() && wanted != next.use_transactions()) {
    return fmt::format(
        "body: use_transactions {} and algorithm \"{}\" contradict each other; send one of them",
        wanted, bank::to_string(*change.algorithm));
  }
  return next;
}

}  // namespace http
