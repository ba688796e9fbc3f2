#pragma once

// The files into which a property writes its failures: schedules whose line "found-by" ends with
// the input. Internal to sim/testing/rapidcheck.cpp.

#include <string>
#include <string_view>
#include <utility>

#include <sim/schedule/file.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/testing/property_search.hpp>

namespace sim::detail {

/// The schedule of `failure` for an input that reproduce_text() describes; without an input if
/// `input` is empty.
Schedule schedule_for(const PropertyFailure& failure, const std::string& input);

/// Writes the failures of one property.
class PropertyFiles {
 public:
  /// `directory` is made if necessary; empty stands for the working directory.
  PropertyFiles(std::string property, std::string directory)
      : property_(std::move(property)), directory_(std::move(directory)) {}

  /// Writes a new file, whose name is made of the name of the property and `suffix`.
  [[nodiscard]] WrittenFile write(const PropertyFailure& failure, const std::string& input,
                                  std::string_view suffix) const;

 private:
  std::string property_;
  std::string directory_;
};

/// Says where `failure` was written; if that failed, contains the schedule itself.
std::string place_text(const WrittenFile& file, const PropertyFailure& failure,
                       const std::string& input);

}  // namespace sim::detail
