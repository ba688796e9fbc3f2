#pragma once

// A workload as the header lines of a schedule file, which make the file self-contained:
//
//     algorithm <name>
//     start     <account> <balance> …
//     task      <number> transfer <from> <to> <amount> [<algorithm of this transfer>]
//     past      <task> <operation> <object> [failed] [= <balance> [<n> changes ago]]
//     until     <task> <n> steps
//     gives-up  <task> <n> steps
//
// The last three describe an excerpt of a longer run: a step that the task made before the excerpt
// begins; the number of steps after which the task is followed no further; the number of steps
// after which it gives up and releases its locks.

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include <bank/workload.hpp>
#include <sim/schedule/schedule.hpp>
#include <sim/schedule/text_format.hpp>

namespace bank {

/// The transfer with this index, from 0, as its header line has it: "transfer alice bob 800.00",
/// followed by the name of its algorithm if that is not the workload's.
std::string transfer_text(const Workload& workload, std::size_t number);

/// The header lines that describe a workload. workload_from() reads them back.
std::vector<sim::HeaderLine> header_of(const Workload& workload);

/// Reads a workload from a schedule's header lines, which may have been written by hand. Lines may
/// come in any order. The error has the line and the column of the first problem. An account may
/// start with a negative balance.
std::variant<Workload, sim::ScheduleError> workload_from(const sim::Schedule& schedule);

}  // namespace bank
