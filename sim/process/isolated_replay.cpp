#include <sim/process/isolated_replay.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <sim/base/bytes.hpp>
#include <sim/process/isolated_run.hpp>

namespace sim {
namespace {

void write(ByteWriter& out, const std::vector<std::size_t>& entries) {
  out.number(entries.size());
  for (const std::size_t entry : entries) out.number(entry);
}

void read(ByteReader& in, std::vector<std::size_t>& entries) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) entries.push_back(in.number());
}

/// The note of the child process: all members of `replayed` except its recording.
std::string encode(const Replayed& replayed) {
  std::string bytes;
  ByteWriter out{bytes};
  out.number(replayed.beyond);
  out.number(replayed.same);
  out.flag(replayed.interrupted);
  out.number(replayed.unlisted);
  write(out, replayed.put_off);
  write(out, replayed.left_out);
  out.flag(replayed.divergence.has_value());
  if (const auto& divergence = replayed.divergence) {
    out.number(divergence->entry);
    out.number(divergence->line);
    out.text(divergence->message);
  }
  return bytes;
}

/// Reads what encode() has written. The note is empty if the child did not survive its first
/// replay; the result then has its default values.
Replayed decode(std::string_view note) {
  Replayed replayed;
  ByteReader in{note};
  replayed.beyond = in.number();
  replayed.same = in.number32();
  replayed.interrupted = in.flag();
  replayed.unlisted = in.number();
  read(in, replayed.put_off);
  read(in, replayed.left_out);
  if (in.flag()) {
    Divergence& divergence = replayed.divergence.emplace();
    divergence.entry = in.number();
    divergence.line = in.number();
    divergence.message = in.text();
  }
  return in.done() ? replayed : Replayed{};
}

}  // namespace

Replayed replay_isolated(const Program& program, const Schedule& schedule,
                         const ReplayOptions& options) {
  const auto execute = [&](LoggingRecorder& recorder, const EngineOptions& engine_options) {
    Engine engine{engine_options};
    return encode(replay_on(engine, recorder, program, schedule, options,
                            [&](const Replayed& first) { recorder.write_note(encode(first)); }));
  };
  IsolatedRun run = run_isolated(execute, replay_engine_options(schedule, options),
                                 options.hang_timeout, options.interrupt);
  Replayed replayed = decode(run.note);
  replayed.interrupted |= run.interrupted;
  replayed.recording = std::move(run.recording);
  if (!run.interrupted && !replayed.divergence &&
      replayed.recording.outcome.kind == OutcomeKind::divergence) {
    const auto& entries = schedule.entries;
    const std::size_t at = replayed.recording.schedule_entries().size();
    replayed.divergence = Divergence{at + 1, at < entries.size() ? entries[at].line : 0,
                                     fmt::format("the execution differs from the schedule, and its "
                                                 "process ended when it was stopped there ({})",
                                                 run.end.cause())};
  }
  return replayed;
}

}  // namespace sim
