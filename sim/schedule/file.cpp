#include <sim/schedule/file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <sim/base/files.hpp>
#include <sim/base/hash.hpp>
#include <sim/schedule/text_format.hpp>

namespace sim {
namespace {

constexpr std::string_view kSuffix = ".schedule";
/// A longer name of a scenario is shortened in names of files. A file system allows 255 bytes; a
/// hash, a number and a suffix are added.
constexpr std::size_t kNameBytesMax = 160;

/// "a.schedule" for number 1, "a-2.schedule" for number 2.
std::string numbered(const std::string& path, int number) {
  if (number == 1) return path;
  const bool suffix = path.size() > kSuffix.size() && path.ends_with(kSuffix);
  const std::string stem = suffix ? path.substr(0, path.size() - kSuffix.size()) : path;
  return fmt::format("{}-{}{}", stem, number, suffix ? kSuffix : "");
}

}  // namespace

std::variant<Schedule, std::string> read_schedule(const std::string& path) {
  FileText file = read_file(path);
  if (!file.error.empty()) return std::move(file.error);
  std::variant<Schedule, ScheduleError> parsed = parse_schedule(file.text);
  if (const auto* const error = std::get_if<ScheduleError>(&parsed)) {
    return fmt::format("{}:{}:{}: {}", path, error->line, error->column, error->message);
  }
  return std::move(std::get<Schedule>(parsed));
}

Schedule schedule_of(const Program& program, const Recording& recording, std::string found_by) {
  Schedule schedule;
  schedule.scenario = program.name;
  schedule.found_by = std::move(found_by);
  schedule.expect.emplace(recording.outcome);
  schedule.bounds = program.bounds;
  schedule.program = program.header;
  schedule.entries = recording.schedule_entries();
  return schedule;
}

WrittenFile write_new_file(const std::string& path, const std::string& text, int first) {
  constexpr int kTriesMax = 10'000;
  for (int number = first; number < first + kTriesMax; ++number) {
    WrittenFile written{numbered(path, number), false, {}, number};
    const int error = create_file(written.path, text);
    if (error == 0) return written;
    if (error != EEXIST) {
      written.error = file_error(written.path, error);
      return written;
    }
    written.was_there = file_holds(written.path, text);
    if (written.was_there) return written;
  }
  return {path, false, fmt::format("{}: {} such files exist already", path, kTriesMax), first};
}

WrittenFile rewrite_new_file(const std::string& path, const WrittenFile& file,
                             const std::string& text) {
  for (int number = 1; number < file.number; ++number) {
    const std::string other = numbered(path, number);
    if (!file_holds(other, text)) continue;
    std::error_code ignored;
    std::filesystem::remove(file.path, ignored);
    return {other, true, {}, number};
  }
  WrittenFile written = file;
  written.error = replace_file(file.path, text);
  return written;
}

std::string default_file_name(const std::string& scenario, std::string_view suffix) {
  std::string name;
  for (const char c : scenario) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '-';
  }
  if (name.size() > kNameBytesMax) {
    // The hash keeps the files of two scenarios apart whose names begin alike.
    std::uint64_t hash = 0;
    for (const char c : scenario) hash = hash_step(hash, static_cast<unsigned char>(c));
    name = fmt::format("{}-{:016x}", name.substr(0, kNameBytesMax), hash);
  }
  return name + std::string{suffix};
}

}  // namespace sim
