#pragma once

// Writes the failures of a property to files: schedules whose line "found-by" ends with the input.
// Internal to sim/testing/rapidcheck.cpp.

#include <string>
#include <string_view>
#include <utility>

#include <sim/schedule/file.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/testing/property_search.hpp>

namespace sim::detail {

/// The schedule of `failure`. `input` is the result of reproduce_text(), or empty for a schedule
/// without an input.
Schedule schedule_for(const PropertyFailure& failure, const std::string& input);

/// Writes the failures of one property.
class PropertyFiles {
 public:
  /// `directory` is made if necessary; empty stands for the working directory.
  PropertyFiles(std::string property, std::string directory)
      : property_(std::move(property)), directory_(std::move(directory)) {}

  /// Writes a new file. Its name consists of the name of the property and `suffix`.
  [[nodiscard]] WrittenFile write(const PropertyFailure& failure, const std::string& input,
                                  std::string_view suffix) const;

 private:
  std::string property_;
  std::string directory_;
};

/// A text for the report: where `failure` was written or, if that failed, why, and the schedule
/// itself.
std::string place_text(const WrittenFile& file, const PropertyFailure& failure,
                       const std::string& input);

}  // namespace sim::detail
