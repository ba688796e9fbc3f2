#pragma once

// The entry point of the `racelab` command, for programs that register scenarios of their own. Such
// a program links racelab::main, or calls run() from its main(). A component adds what the command
// cannot do by itself: subcommands, sending spans, fetching schedules over HTTP.

#include <string>
#include <variant>

namespace racelab {

/// Runs the command with its subcommands (`list`, `explore`, `replay`, …) on the scenarios that are
/// registered in this program. Returns the exit code. A program that links racelab::main need not
/// call it, because the main() function of that library does.
int run(int argc, char** argv);

/// A subcommand that a program adds to the command. `run` receives the arguments, starting with the
/// subcommand's name, and returns the exit code.
struct ExtraCommand {
  const char* name;
  const char* summary;
  int (*run)(int argc, char** argv);
};

/// Adds a subcommand. Call it before run(): from a static object or from main().
void register_command(const ExtraCommand& command);

/// Static object that calls register_command() before main().
class CommandRegistration {
 public:
  explicit CommandRegistration(const ExtraCommand& command) { register_command(command); }
};

/// Sends a request of OTLP/HTTP in its JSON encoding to a collector at a base address like
/// "http://localhost:4318". Returns an empty text, or what went wrong and what to do next.
using SpanSender = std::string (*)(const std::string& endpoint, const std::string& request);

/// Lets `show --otlp` send spans; without a sender it can only write them to a file. Call it before
/// run().
void register_span_sender(SpanSender sender);

/// Static object that calls register_span_sender() before main().
class SpanSenderRegistration {
 public:
  explicit SpanSenderRegistration(SpanSender sender) { register_span_sender(sender); }
};

/// Fetches the text at an address like "http://localhost:8000/admin/recording". The first
/// alternative is the text; the second is an error, one line with the address and the reason.
using TextFetcher = std::variant<std::string, std::string> (*)(const std::string& url);

/// Lets commands take the address of a schedule wherever they take a file. Call it before run().
void register_text_fetcher(TextFetcher fetcher);

/// Static object that calls register_text_fetcher() before main().
class TextFetcherRegistration {
 public:
  explicit TextFetcherRegistration(TextFetcher fetcher) { register_text_fetcher(fetcher); }
};

}  // namespace racelab
