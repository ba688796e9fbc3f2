#include <tools/racelab/export/html.hpp>

#include <cstdint>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include <sim/base/trace.hpp>
#include <sim/report/execution_json.hpp>
#include <tools/racelab/export/page.hpp>

namespace racelab {
namespace {

/// The execution as JSON for a script element. No text in it can end the element or begin a
/// comment.
std::string data_text(const sim::ShownExecution& shown) {
  const std::string json =
      execution_json(shown).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string text;
  text.reserve(json.size());
  // JSON has "<" only inside strings.
  for (const char c : json) c == '<' ? text.append("\\u003c") : text.append(1, c);
  return text;
}

/// A nonce that depends on the data, so that text in a schedule file cannot contain it.
std::string nonce_of(std::string_view data) {
  std::uint64_t hash = 0;
  for (const char c : data) hash = sim::hash_step(hash, static_cast<unsigned char>(c));
  return fmt::format("{:016x}", hash);
}

/// `page` with each "{{name}}" replaced. Inserted text is not searched for names.
std::string filled(std::string_view page, const std::map<std::string_view, std::string_view>& by) {
  std::string text;
  for (std::size_t open = 0; (open = page.find("{{")) != std::string_view::npos;) {
    const std::size_t close = page.find("}}", open);
    text += page.substr(0, open);
    text += by.at(page.substr(open + 2, close - open - 2));
    page.remove_prefix(close + 2);
  }
  return text += page;
}

}  // namespace

std::string html_page(const sim::ShownExecution& shown) {
  const PageFiles files = page_files();
  const std::string data = data_text(shown);
  const std::string nonce = nonce_of(data);
  return filled(
      files.html,
      {{"nonce", nonce}, {"style", files.style}, {"script", files.script}, {"data", data}});
}

}  // namespace racelab
