#include <http/api/event_stream.hpp>

#include <chrono>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <http/api/encode.hpp>

namespace http {
namespace {

using Clock = std::chrono::steady_clock;

/// Events are collected up to this size before they are written.
constexpr std::size_t kBytesMax = 64U << 10U;
/// How often the stream checks whether the client has gone.
constexpr std::chrono::milliseconds kPollTime{200};
/// A comment is sent after this silence, because proxies and clients close silent connections.
constexpr std::chrono::seconds kSilenceMax{10};
constexpr std::string_view kKeepAlive = ": still here\n\n";

/// Encodes each kind of event: its type and its data.
struct EventEncoder {
  std::string operator()(const SettingsChanged& event) const {
    return event_text("settings", settings_json(event.settings, SettingsPart::all));
  }
  std::string operator()(const AccountsReset& /*event*/) const { return event_text("reset", "{}"); }
  std::string operator()(const BalancesChanged& event) const {
    return event_text("accounts", accounts_json(event.accounts));
  }
  std::string operator()(const ScheduleChanged& event) const {
    return event_text("schedule", drive_state_json(event.state));
  }
  std::string operator()(const TransferBegan& event) const {
    return event_text("begin", began_json(event));
  }
  std::string operator()(const TransferWaits& event) const {
    return event_text("waits", waits_json(event));
  }
  std::string operator()(const StepDone& event) const {
    return event_text("step", step_json(event));
  }
  std::string operator()(const TransferEnded& event) const {
    return event_text("end", ended_json(event));
  }
  std::string operator()(const RaceHit& event) const {
    return event_text("race", race_json(event.record));
  }
};

/// Writes the events. Returns false if the client has gone.
bool write_events(const LiveEvents::Listener::Received& received, ResponseWriter& writer) {
  std::string text;
  if (received.skipped > 0) {
    text = event_text("skipped", fmt::format(R"({{"count":{}}})", received.skipped));
  }
  for (const auto& event : received.events) {
    text += event_text(*event);
    if (text.size() < kBytesMax) continue;
    if (!writer.write(text)) return false;
    text.clear();
  }
  return text.empty() || writer.write(text);
}

void send_events(LiveEvents::Listener& listener, ResponseWriter& writer) {
  Clock::time_point last_write = Clock::now();
  for (bool ended = false; !ended && writer.is_open();) {
    const LiveEvents::Listener::Received received = listener.receive(kPollTime);
    const bool silent = received.events.empty() && received.skipped == 0;
    if (!silent) {
      if (!write_events(received, writer)) return;
      last_write = Clock::now();
    } else if (Clock::now() - last_write >= kSilenceMax) {
      if (!writer.write(kKeepAlive)) return;
      last_write = Clock::now();
    }
    ended = received.ended;
  }
}

}  // namespace

std::string event_text(std::string_view type, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", type, data);
}

std::string event_text(const LiveEvent& event) {
  return std::visit(EventEncoder{}, event);
}

Response event_stream(std::unique_ptr<LiveEvents::Listener> listener,
                      std::function<std::string()> first) {
  // Proxies that buffer responses would delay all events; this header turns buffering off.
  Response response{200, "", "text/event-stream", {{"X-Accel-Buffering", "no"}}};
  response.stream = [shared = std::shared_ptr<LiveEvents::Listener>{std::move(listener)},
                     make_first = std::move(first)](ResponseWriter& writer) {
    if (writer.write(make_first())) send_events(*shared, writer);
  };
  return response;
}

}  // namespace http
