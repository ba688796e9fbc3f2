#include <tools/racelab/checkpoint.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sim/base/files.hpp>
#include <sim/base/hash.hpp>
#include <sim/base/printable.hpp>

namespace racelab {
namespace {

using nlohmann::json;

/// The version of the format. Since version 2 the work units of all strategies are encoded as
/// bytes; since version 3 there are strategies with parts; version 4 names the build.
constexpr int kVersion = 4;

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    text += kDigits[value >> 4U];
    text += kDigits[value & 0xFU];
  }
  return text;
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

/// Throws std::invalid_argument.
std::string from_hex(const std::string& text) {
  std::string bytes;
  if (text.size() % 2 != 0) throw std::invalid_argument("hexadecimal text of odd length");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digit(text[i]);
    const auto low = digit(text[i + 1]);
    if (!high || !low) throw std::invalid_argument("expected hexadecimal digits from 0 to f");
    bytes += static_cast<char>(*high << 4U | *low);
  }
  return bytes;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

/// A digest of the data with which a search is resumed. `file` is the checkpoint; of its members,
/// those that shape the search count.
std::uint64_t digest_of(const json& file, std::string_view found,
                        const std::vector<std::string>& parts) {
  std::uint64_t digest = parts.size();
  const auto add = [&digest](std::string_view bytes) {
    digest = sim::hash_step(digest, bytes.size());
    for (const char c : bytes) digest = sim::hash_step(digest, static_cast<unsigned char>(c));
  };
  for (const char* const key : {"racelab", "executable", "build", "first_steps", "tasks_max",
                                "scenario", "strategy", "seed", "preemptions", "pct_depth", "stay",
                                "timeouts", "spurious", "steps", "stack_kib", "all"}) {
    add(file.at(key).dump(-1, ' ', false, json::error_handler_t::replace));
  }
  add(found);
  for (const std::string& part : parts) add(part);
  return digest;
}

std::invalid_argument out_of_range(const char* key) {
  return std::invalid_argument{fmt::format("\"{}\" is out of range", key)};
}

/// Decodes a checkpoint. Throws what the JSON library throws, and std::invalid_argument.
Checkpoint from_json(const json& file) {
  if (const json& version = file.at("racelab_checkpoint"); version != kVersion) {
    throw std::invalid_argument(
        fmt::format("a checkpoint of version {}, and this racelab reads version {}: resume it with "
                    "the racelab that wrote it, or start a new exploration",
                    version.dump(), kVersion));
  }
  Checkpoint checkpoint;
  ExploreCommand& command = checkpoint.command;
  command.scenario = file.at("scenario");
  command.strategy = file.at("strategy");
  if (sim::find_strategy(command.strategy) == nullptr) {
    throw std::invalid_argument(
        fmt::format("unknown strategy \"{}\"", sim::printable(command.strategy)));
  }
  command.seed = file.at("seed");
  if (!file.at("preemptions").is_null()) command.preemptions = file.at("preemptions");
  command.pct_depth = file.at("pct_depth");
  if (command.pct_depth < 1 || command.pct_depth > sim::kPctDepthMax) {
    throw std::invalid_argument("pct_depth");
  }
  command.stay_percent = file.at("stay");
  if (command.stay_percent > sim::kStayPercentMax) throw std::invalid_argument("stay");
  const auto read_bound = [&](const char* key, std::optional<std::uint32_t>& bound) {
    if (!file.at(key).is_null()) bound = file.at(key);
    if (bound.value_or(0) > sim::kBoundMax) throw out_of_range(key);
  };
  read_bound("timeouts", command.timeouts);
  read_bound("spurious", command.spurious);
  command.steps = file.at("steps");
  if (command.steps < 1 || command.steps > kStepsMax) throw out_of_range("steps");
  command.stack_kib = file.at("stack_kib");
  if (command.stack_kib < kStackKibMin || command.stack_kib > kStackKibMax) {
    throw out_of_range("stack_kib");
  }
  command.all = file.at("all");
  sim::Envelope& envelope = checkpoint.envelope;
  envelope.version = file.at("racelab");
  envelope.executable = file.at("executable");
  envelope.build = file.at("build");
  envelope.first_steps = file.at("first_steps");
  envelope.tasks_max = file.at("tasks_max");
  checkpoint.saved.share = file.at("share");
  const std::string found = from_hex(file.at("found"));
  if (!sim::from_bytes(found, checkpoint.saved.found)) {
    throw std::invalid_argument("\"found\" is not the result of a search");
  }
  for (const json& part : file.at("parts")) checkpoint.saved.work_units.push_back(from_hex(part));
  if (file.at("digest") != digest_of(file, found, checkpoint.saved.work_units)) {
    throw std::invalid_argument("its digest is wrong: the file was changed or damaged");
  }
  for (const json& schedule : file.at("schedules")) {
    checkpoint.schedules.push_back(
        {schedule.at("group"), schedule.at("path"), schedule.at("text")});
  }
  return checkpoint;
}

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  const ExploreCommand& command = checkpoint.command;
  nlohmann::ordered_json file = {
      {"racelab_checkpoint", kVersion},
      {"racelab", checkpoint.envelope.version},
      {"executable", checkpoint.envelope.executable},
      {"build", checkpoint.envelope.build},
      {"first_steps", checkpoint.envelope.first_steps},
      {"tasks_max", checkpoint.envelope.tasks_max},
      {"scenario", command.scenario},
      {"strategy", command.strategy},
      {"seed", command.seed},
      {"preemptions", or_null(command.preemptions)},
      {"pct_depth", command.pct_depth},
      {"stay", command.stay_percent},
      {"timeouts", or_null(command.timeouts)},
      {"spurious", or_null(command.spurious)},
      {"steps", command.steps},
      {"stack_kib", command.stack_kib},
      {"all", command.all},
      {"executions", checkpoint.saved.found.executions},
      {"failures", checkpoint.saved.found.failures},
      {"share", checkpoint.saved.share},
      {"digest", 0},
      {"found", to_hex(sim::to_bytes(checkpoint.saved.found))},
      {"parts", nlohmann::ordered_json::array()},
      {"schedules", nlohmann::ordered_json::array()},
  };
  file["digest"] =
      digest_of(file, sim::to_bytes(checkpoint.saved.found), checkpoint.saved.work_units);
  for (const WrittenSchedule& schedule : checkpoint.schedules) {
    file["schedules"].push_back(
        {{"group", schedule.group}, {"path", schedule.path}, {"text", schedule.text}});
  }
  for (const std::string& part : checkpoint.saved.work_units) file["parts"].push_back(to_hex(part));
  return file.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  std::error_code ignored;
  // Only a regular file is read: reading a pipe would wait for its other end.
  if (std::filesystem::is_regular_file(path, ignored)) {
    const sim::FileText file = sim::read_file(path);
    const bool other = file.error.empty() && !file.text.empty() &&
                       file.text.find("racelab_checkpoint") == std::string::npos;
    if (other) return fmt::format("{}: it exists and is not a checkpoint", path);
  }
  return sim::replace_file(path, format_checkpoint(checkpoint));
}

std::variant<Checkpoint, std::string> read_checkpoint(const std::string& path) {
  const sim::FileText file = sim::read_file(path);
  if (!file.error.empty()) return file.error;
  return parse_checkpoint(file.text, path);
}

std::variant<Checkpoint, std::string> parse_checkpoint(const std::string& text,
                                                       const std::string& path) {
  try {
    return from_json(json::parse(text));
  } catch (const json::parse_error& error) {
    return fmt::format("{}: not a checkpoint: not valid JSON at byte {}", path, error.byte);
  } catch (const std::exception& error) {
    return fmt::format("{}: not a checkpoint that can be resumed: {}", path, error.what());
  }
}

}  // namespace racelab
