#include <sim/testing/property_files.hpp>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include <sim/schedule/text_format.hpp>
#include <sim/testing/property_input.hpp>

namespace sim::detail {

Schedule schedule_for(const PropertyFailure& failure, const std::string& input) {
  return schedule_of(failure.program, failure.recording,
                     failure.found_by + (input.empty() ? "" : signed_input(input)));
}

WrittenFile PropertyFiles::write(const PropertyFailure& failure, const std::string& input,
                                 std::string_view suffix) const {
  namespace fs = std::filesystem;
  std::error_code none;
  const fs::path directory{directory_.empty() ? "." : directory_};
  fs::create_directories(directory, none);
  const fs::path path = fs::absolute(directory / default_file_name(property_, suffix), none);
  return write_new_file(path.lexically_normal().string(),
                        format_schedule(schedule_for(failure, input)));
}

std::string place_text(const WrittenFile& file, const PropertyFailure& failure,
                       const std::string& input) {
  if (file.error.empty()) {
    return fmt::format("{} {}", file.was_there ? "already recorded in" : "recorded in", file.path);
  }
  return fmt::format("{}; the schedule that was not written:\n{}", file.error,
                     format_schedule(schedule_for(failure, input)));
}

}  // namespace sim::detail
