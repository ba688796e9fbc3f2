#pragma once

// What the work units of a search depend on, beside the units themselves: the program, its build,
// and the options that shape the search. A unit may be explored where all of this is the same. The
// envelope is kept with units that leave their process: today in checkpoint files.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <sim/base/limits.hpp>
#include <sim/engine/engine_options.hpp>
#include <sim/engine/program.hpp>

namespace sim {

/// The environment of the work units of one search. A plain value.
struct Envelope {
  std::string version;            ///< racelab's version
  std::string executable;         ///< file name of the program that was run
  std::string build;              ///< build_id() in that program
  std::uint64_t first_steps = 0;  ///< digest of the first steps of the first execution
  std::string scenario;           ///< name with parameters
  std::uint32_t tasks_max = kTasksMax;
  std::uint32_t steps_max = 0;  ///< EngineOptions::steps_max
  std::size_t stack_bytes = 0;  ///< EngineOptions::stack_bytes
  Bounds bounds{};              ///< those of the program
  std::string search;           ///< the strategy with its options, in words
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// The envelope of a search in this process. Runs the first execution of `program` in a child
/// process, which is ended after `time_max`; this adds nothing to any result. Throws what
/// Supervisor::run() throws.
Envelope make_envelope(const Program& program, const EngineOptions& engine, std::string version,
                       std::string search, std::chrono::milliseconds time_max);

/// Why what belongs to envelope `other` cannot be continued with envelope `here`, in one line
/// without a period that says what differs; empty if it can.
std::string why_not(const Envelope& other, const Envelope& here);

}  // namespace sim
