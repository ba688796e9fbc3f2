#pragma once

// The generated inputs of a property: keeps track of the input that is being tried, and encodes it
// for a schedule, so that the schedule can be replayed with its input. Internal to
// sim/testing/rapidcheck.cpp.

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <rapidcheck.h>
#include <rapidcheck/detail/Configuration.h>
#include <rapidcheck/detail/TestListener.h>

namespace sim::detail {

/// Inputs that rapidcheck can generate again, by the names of their properties.
using Inputs = std::unordered_map<std::string, rc::detail::Reproduce>;

/// Records the path of rapidcheck while it shrinks an input. The path is a list of numbers: each is
/// the index of the accepted shrink of the previous input, and the last one is the index of the
/// shrink that is being tried.
class ShrinkPath final : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription& /*description*/) override {}
  void onShrinkTried(const rc::detail::CaseDescription& /*shrink*/, bool accepted) override {
    ++tried_.back();
    if (!accepted) return;
    --tried_.back();
    tried_.push_back(0);
  }
  void onTestFinished(const rc::detail::TestMetadata& /*metadata*/,
                      const rc::detail::TestResult& /*result*/) override {}

  /// The path to the input that is being tried.
  [[nodiscard]] const std::vector<std::size_t>& here() const { return tried_; }

 private:
  std::vector<std::size_t> tried_{0};
};

/// "reproduce=…", the value of RC_PARAMS that runs only this input of the property `name`.
std::string reproduce_text(const std::string& name, const rc::detail::Reproduce& input);

/// The text that a schedule's line "found-by" has after the strategy: the input and a checksum.
std::string signed_input(const std::string& reproduce);

/// Decodes the result of signed_input() at the end of `found_by`. Returns nothing if there is no
/// input, and an empty map if the text was damaged.
std::optional<Inputs> input_in(const std::string& found_by);

}  // namespace sim::detail
