#include <sim/history/linearizability.hpp>

#include <algorithm>

#include <sim/base/printable.hpp>
#include <sim/engine/engine.hpp>

namespace sim {
namespace detail {

void SplitVerdict::add(const KeyCalls& part, Verdict verdict) {
  for (std::size_t& call : verdict.order) call = part.calls[call];
  if (verdict.stops_at) verdict.stops_at = part.calls[*verdict.stops_at];
  whole_.explored += verdict.explored;
  if (verdict.kind == Verdict::Kind::linearizable) return place(verdict.order);
  const bool is_first = whole_.kind == Verdict::Kind::linearizable;
  if (!is_first && verdict.kind == Verdict::Kind::unknown) return;
  verdict.key = part.key;
  verdict.explored = whole_.explored;
  whole_ = std::move(verdict);
}

/// Gives each call of one key a linearization point between its invocation and its response, in
/// `order`.
void SplitVerdict::place(const std::vector<std::size_t>& order) {
  std::uint64_t moment = 0;
  for (const std::size_t call : order) {
    moment = std::max(moment, times_[call].invoked);
    moments_.emplace_back(moment, call);
  }
}

Verdict SplitVerdict::take() {
  if (whole_.kind == Verdict::Kind::linearizable) {
    // Stable, because calls of one key may have equal linearization points. The order of calls of
    // different keys does not matter.
    std::stable_sort(moments_.begin(), moments_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [moment, call] : moments_) whole_.order.push_back(call);
  }
  return std::move(whole_);
}

void not_linearizable(const Verdict& verdict, std::span<const ShownCall> calls,
                      SourceLocation where) {
  Engine* const engine = Engine::current_or_null();
  if (engine == nullptr) throw NotLinearizable(verdict_text(verdict, calls));
  engine->fail_at_next_point(OutcomeKind::assertion, verdict_summary(verdict, calls), where);
}

}  // namespace detail

namespace {

std::string line_of(const ShownCall& call, std::size_t width) {
  return fmt::format("client {:<3} {:<{}}  {}-{}", call.client, call.text, width, call.invoked,
                     call.returned ? fmt::format("{}", *call.returned) : "");
}

std::size_t width_of(const Verdict& verdict, std::span<const ShownCall> calls) {
  constexpr std::size_t kWidthMax = 60;
  std::size_t width = calls[*verdict.stops_at].text.size();
  for (const std::size_t call : verdict.order) width = std::max(width, calls[call].text.size());
  return std::min(width, kWidthMax);
}

/// The last `calls_max` calls of the order, because earlier calls matter least.
std::string order_text(const Verdict& verdict, std::span<const ShownCall> calls,
                       std::size_t calls_max, std::size_t width) {
  const std::size_t count = verdict.order.size();
  const std::size_t first = count > calls_max ? count - calls_max : 0;
  std::string text = count == 0 ? "        no call has taken effect\n" : "";
  if (first > 0) text += fmt::format("        … {} before\n", with_commas(first));
  for (std::size_t i = first; i < count; ++i) {
    text += fmt::format("{:>6}  {}\n", with_commas(i + 1), line_of(calls[verdict.order[i]], width));
  }
  return text;
}

std::string states_text(const Verdict& verdict) {
  std::string text;
  for (const PossibleState& possible : verdict.states) {
    const std::string colon = possible.state.empty() ? "" : ": ";
    text += fmt::format("        {}{}{}\n", possible.state, colon, possible.refusal);
  }
  if (verdict.has_more_states) text += "        … and perhaps others\n";
  return text;
}

std::string why_text(const Verdict& verdict) {
  if (verdict.needed_at) {
    return fmt::format(
        "the other calls are explained only if it took effect as number {}; at that point\n",
        with_commas(*verdict.needed_at + 1));
  }
  return verdict.states.size() == 1 ? "in the only state that is possible at this point\n"
                                    : "in the states that are possible at this point\n";
}

std::string of_key(const Verdict& verdict) {
  return verdict.key.empty() ? std::string{} : fmt::format(" of key {}", verdict.key);
}

std::string headline(const Verdict& verdict, std::span<const ShownCall> calls) {
  const ShownCall& call = calls[*verdict.stops_at];
  return fmt::format("not linearizable{}: no order explains client {}'s {}", of_key(verdict),
                     call.client, call.text);
}

}  // namespace

std::string verdict_text(const Verdict& verdict, std::span<const ShownCall> calls,
                         const VerdictTextOptions& options) {
  if (verdict.kind != Verdict::Kind::not_linearizable) {
    return verdict_summary(verdict, calls) + "\n";
  }
  std::string text = headline(verdict, calls) + "\n";
  const std::size_t width = width_of(verdict, calls);
  text += fmt::format(
      "\n{} linearizable prefix{} has {} invocations and responses; this order of its calls "
      "explains it\n"
      "(each call with the times of its invocation and its response)\n",
      verdict.longest ? "the longest" : "a", of_key(verdict), with_commas(verdict.prefix_events));
  if (!verdict.longest) text += "(a limit was reached before a longer one could be ruled out)\n";
  text += order_text(verdict, calls, options.calls_max, width);
  text += fmt::format("the next response is not explained\n     >  {}\n",
                      line_of(calls[*verdict.stops_at], width));
  return verdict.states.empty() ? text : text + why_text(verdict) + states_text(verdict);
}

std::string verdict_summary(const Verdict& verdict, std::span<const ShownCall> calls) {
  if (verdict.kind == Verdict::Kind::linearizable) {
    return fmt::format("linearizable: {} calls", with_commas(calls.size()));
  }
  if (verdict.kind == Verdict::Kind::unknown) {
    return fmt::format("not known whether the history is linearizable{}: {}", of_key(verdict),
                       verdict.why);
  }
  std::string text = headline(verdict, calls);
  if (verdict.states.size() == 1 && !verdict.has_more_states) {
    const auto& [state, refusal] = verdict.states.front();
    text += fmt::format("; {}{}", state.empty() ? "" : "with " + state + " ", refusal);
  }
  return text;
}

}  // namespace sim
