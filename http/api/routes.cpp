#include <http/api/routes.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <http/api/decode.hpp>
#include <http/api/encode.hpp>
#include <http/api/event_stream.hpp>
#include <http/lab/drive_plan.hpp>
#include <http/server/refusal.hpp>
#include <http/web/web_files.hpp>

namespace http {
namespace {

constexpr int kRecordsDefault = 20;
constexpr int kRecordsMax = 10'000;
constexpr int kStepTimeoutMs = 5'000;
constexpr int kStepTimeoutMsMin = 10;
constexpr int kStepTimeoutMsMax = 600'000;

Response json(std::string body) {
  return {200, std::move(body), "application/json", {}};
}

Response refuse(const Invalid& invalid) {
  return refusal(invalid.kind == Invalid::Kind::unreadable ? 400 : 422, invalid.detail);
}

Response post_transfer(Lab& lab, const Request& request) {
  const auto order = decode_transfer(request.body);
  if (const auto* const invalid = std::get_if<Invalid>(&order)) return refuse(*invalid);
  const auto task = decode_task(request);
  if (const auto* const invalid = std::get_if<Invalid>(&task)) return refuse(*invalid);
  const auto done =
      lab.transfer(std::get<TransferOrder>(order), std::get<std::optional<std::size_t>>(task));
  if (const auto* const record = std::get_if<TransferRecord>(&done)) {
    return json(record_json(*record));
  }
  const auto& refused = std::get<TransferRefusal>(done);
  switch (refused.reason) {
    case TransferRefusal::Reason::unknown_account:
      return refusal(404, refused.detail);
    case TransferRefusal::Reason::not_driven:
      return refusal(409, refused.detail);
    case TransferRefusal::Reason::deadlock:
    case TransferRefusal::Reason::aborted:
      return {409, aborted_json(refused.detail, refused.schedule), "application/json", {}};
    case TransferRefusal::Reason::too_many_transfers:
      break;
  }
  return refusal(503, refused.detail);
}

Response configure(Lab& lab, const SettingsChange& change, SettingsPart part) {
  const auto configured = lab.configure(change);
  if (const auto* const problem = std::get_if<std::string>(&configured)) {
    return refusal(422, *problem);
  }
  return json(settings_json(std::get<Settings>(configured), part));
}

/// Applies a change that was read from query parameters.
Response configure(Lab& lab, const ParameterReader& read, const SettingsChange& change,
                   SettingsPart part) {
  return read.problem() ? refuse(*read.problem()) : configure(lab, change, part);
}

Response post_delay(Lab& lab, const Request& request) {
  ParameterReader read{request};
  SettingsChange change;
  change.delay_enabled = read.flag("enabled", true);
  change.delay_ms = read.integer("ms", 100, 0, kDelayMsMax);
  return configure(lab, read, change, SettingsPart::delay);
}

Response post_barrier(Lab& lab, const Request& request) {
  ParameterReader read{request};
  SettingsChange change;
  change.barrier_enabled = read.flag("enabled", true);
  change.barrier_count = read.integer("count", 2, 1, kBarrierCountMax);
  return configure(lab, read, change, SettingsPart::barrier);
}

Response post_transactions(Lab& lab, const Request& request) {
  ParameterReader read{request};
  SettingsChange change;
  change.use_transactions = read.flag("enabled", true);
  return configure(lab, read, change, SettingsPart::transactions);
}

Response post_recording(Lab& lab, const Request& request) {
  ParameterReader read{request};
  SettingsChange change;
  change.recording_enabled = read.flag("enabled", true);
  return configure(lab, read, change, SettingsPart::recording);
}

/// Answers with a schedule file, or with status 404 and the reason why it is missing.
Response schedule(const std::optional<std::string>& text, std::string_view why_none) {
  if (!text) return refusal(404, why_none);
  return {200, *text, "text/plain; charset=utf-8", {}};
}

Response get_recording(const Lab& lab) {
  return schedule(lab.recording(),
                  "nothing is recorded; POST /admin/recording?enabled=true, then make transfers");
}

Response get_last_race(const Lab& lab) {
  return schedule(lab.last_race(),
                  "no transfer took an account below zero while recording was on; "
                  "POST /admin/recording?enabled=true turns it on");
}

Response post_settings(Lab& lab, const Request& request) {
  const auto change = decode_settings(request.body);
  if (const auto* const invalid = std::get_if<Invalid>(&change)) return refuse(*invalid);
  return configure(lab, std::get<SettingsChange>(change), SettingsPart::all);
}

Response post_schedule(Lab& lab, const Request& request) {
  ParameterReader read{request};
  const int timeout_ms =
      read.integer("timeout_ms", kStepTimeoutMs, kStepTimeoutMsMin, kStepTimeoutMsMax);
  if (read.problem()) return refuse(*read.problem());
  auto plan = plan_drive(request.body);
  if (const auto* const invalid = std::get_if<Invalid>(&plan)) return refuse(*invalid);
  const auto report =
      lab.drive(std::make_shared<const DrivePlan>(std::move(std::get<DrivePlan>(plan))),
                std::chrono::milliseconds{timeout_ms});
  if (report) return json(drive_json(*report));
  return refusal(409, "another schedule is being driven; POST /reset ends it");
}

Response get_schedule(Lab& lab) {
  const auto report = lab.driven();
  if (report) return json(drive_json(*report));
  return refusal(404, "no schedule was driven yet; POST /admin/schedule starts one");
}

Response post_simulator(const Request& request) {
  const auto simulation = decode_simulation(request.body);
  if (const auto* const invalid = std::get_if<Invalid>(&simulation)) return refuse(*invalid);
  const auto simulated = Simulator::simulate(std::get<Simulation>(simulation));
  if (const auto* const invalid = std::get_if<Invalid>(&simulated)) return refuse(*invalid);
  return json(simulated_json(std::get<Simulated>(simulated)));
}

Response post_explain(const Simulator& simulator, const Request& request) {
  const auto explained = simulator.explain(request.body);
  if (const auto* const invalid = std::get_if<Invalid>(&explained)) return refuse(*invalid);
  return json(explained_json(std::get<Explained>(explained)));
}

Response get_account(const Lab& lab, std::string_view id) {
  for (const Lab::AccountView& account : lab.accounts()) {
    if (account.id == id) return json(account_json(account));
  }
  return refusal(404, fmt::format("there is no account \"{}\"", id));
}

Response get_transactions(const Lab& lab, const Request& request) {
  ParameterReader read{request};
  const int limit = read.integer("limit", kRecordsDefault, 0, kRecordsMax);
  if (read.problem()) return refuse(*read.problem());
  return json(records_json(lab.records(static_cast<std::size_t>(limit))));
}

Response get_events(Lab& lab) {
  auto listener = lab.events().listen();
  if (!listener) {
    return refusal(503,
                   fmt::format("{} clients listen already, which is the limit; try again later",
                               LiveEvents::kListenersMax));
  }
  return event_stream(std::move(listener), [&lab] {
    return event_text("hello", hello_json(lab.settings(), lab.accounts()));
  });
}

/// Compares in a time that does not depend on where the texts differ. Their length is not secret.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

bool is_admin(std::string_view path) {
  return path == "/reset" || path == "/admin" || path.starts_with("/admin/");
}

}  // namespace

Routes::Routes(Lab& lab, const Metrics& metrics, std::string service, std::string admin_token)
    : lab_(lab), service_(std::move(service)), admin_token_(std::move(admin_token)) {
  add_pages(metrics);
  add_accounts(lab);
  add_admin(lab);
  add_simulator();
}

void Routes::add_pages(const Metrics& metrics) {
  router_.add("GET", "/health",
              [this](const Request&, std::string_view) { return json(health_json(service_)); });
  router_.add("GET", "/metrics", [&metrics](const Request&, std::string_view) {
    return Response{200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8", {}};
  });
  for (const WebFile& file : web_files()) {
    router_.add("GET", std::string{file.path}, [file](const Request&, std::string_view) {
      return Response{200, std::string{file.content}, std::string{file.content_type}, {}};
    });
  }
}

void Routes::add_accounts(Lab& lab) {
  router_.add("GET", "/accounts", [&lab](const Request&, std::string_view) {
    return json(accounts_json(lab.accounts()));
  });
  router_.add("GET", "/accounts/{id}",
              [&lab](const Request&, std::string_view id) { return get_account(lab, id); });
  router_.add("POST", "/transfer", [&lab](const Request& request, std::string_view) {
    return post_transfer(lab, request);
  });
  router_.add("GET", "/transactions", [&lab](const Request& request, std::string_view) {
    return get_transactions(lab, request);
  });
  router_.add("GET", "/events",
              [&lab](const Request&, std::string_view) { return get_events(lab); });
  router_.add("POST", "/reset",
              [&lab](const Request&, std::string_view) { return json(reset_json(lab.reset())); });
}

void Routes::add_admin(Lab& lab) {
  router_.add("GET", "/admin/settings", [&lab](const Request&, std::string_view) {
    return json(settings_json(lab.settings(), SettingsPart::all));
  });
  using Post = Response (*)(Lab&, const Request&);
  const auto add = [&](const char* path, Post post) {
    router_.add("POST", path, [&lab, post](const Request& request, std::string_view) {
      return post(lab, request);
    });
  };
  add("/admin/settings", post_settings);
  add("/admin/delay", post_delay);
  add("/admin/barrier", post_barrier);
  add("/admin/transactions", post_transactions);
  add("/admin/schedule", post_schedule);
  router_.add("GET", "/admin/schedule",
              [&lab](const Request&, std::string_view) { return get_schedule(lab); });
  add("/admin/recording", post_recording);
  router_.add("GET", "/admin/recording",
              [&lab](const Request&, std::string_view) { return get_recording(lab); });
  router_.add("GET", "/admin/recording/last-race",
              [&lab](const Request&, std::string_view) { return get_last_race(lab); });
}

void Routes::add_simulator() {
  router_.add("GET", "/simulator/scenarios", [this](const Request&, std::string_view) {
    return json(scenarios_json(simulator_.scenarios()));
  });
  router_.add("POST", "/simulator",
              [](const Request& request, std::string_view) { return post_simulator(request); });
  router_.add("POST", "/simulator/explain", [this](const Request& request, std::string_view) {
    return post_explain(simulator_, request);
  });
}

bool Routes::is_authorized(const Request& request) const {
  if (admin_token_.empty() || !is_admin(request.path) || request.method == "OPTIONS") return true;
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view given = request.authorization;
  const bool bearer =
      given.size() >= kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), given.begin(),
                 [](char lower, char c) { return lower == (c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return bearer && same(given.substr(kScheme.size()), admin_token_);
}

Response Routes::handle(const Request& request) const {
  if (is_authorized(request)) {
    // No transfer may be waiting when the next step of a schedule becomes overdue.
    lab_.end_overdue_schedule();
    return router_.route(request);
  }
  Response response = refusal(401,
                              "this call needs the lab's token; send the header Authorization: "
                              "Bearer <the value of LAB_ADMIN_TOKEN>");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace http
