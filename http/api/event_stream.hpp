#pragma once
// GET /events: the lab's live events as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each event has a type and JSON
// data; openapi.json describes them.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <http/lab/live_events.hpp>
#include <http/server/message.hpp>

namespace http {

/// Returns one server-sent event. `data` must be one line.
std::string event_text(std::string_view type, std::string_view data);
/// Returns a live event as a server-sent event.
std::string event_text(const LiveEvent& event);

/// Returns a response that streams `first` and then the events of `listener`, until the client has
/// gone or the events have ended. `first` is called when the response is sent, after `listener`
/// began to listen, so that no event is lost between the two.
Response event_stream(std::unique_ptr<LiveEvents::Listener> listener,
                      std::function<std::string()> first);

}  // namespace http
