#pragma once

#include <string>
#include <variant>

namespace racelab {

/// The whole command, `list`, `explore`, `replay` and the others, for the scenarios that are
/// registered in this program. Gives the exit code. For a program with a main() of its own: one
/// that links racelab::main needs to call nothing.
int run(int argc, char** argv);

/// A subcommand that a program adds to the command. `run` gets the arguments from the subcommand's
/// name on, and gives the exit code.
struct ExtraCommand {
  const char* name;
  const char* summary;
  int (*run)(int argc, char** argv);
};

/// Adds one; before run(), so from a static object or from main().
void register_command(const ExtraCommand& command);

/// Adds one before main(), as a static object.
class CommandRegistration {
 public:
  explicit CommandRegistration(const ExtraCommand& command) { register_command(command); }
};

/// Sends a request of OTLP/HTTP in its JSON encoding to a collector at a base address like
/// "http://localhost:4318". Empty, or what went wrong and what to do next.
using SpanSender = std::string (*)(const std::string& endpoint, const std::string& request);

/// Gives `show --otlp` a way to send, which it has none of without; before run(), likewise.
void register_span_sender(SpanSender sender);

/// Does so before main(), as a static object.
class SpanSenderRegistration {
 public:
  explicit SpanSenderRegistration(SpanSender sender) { register_span_sender(sender); }
};

/// Gets what an address like "http://localhost:8000/admin/recording" has. Second: one line with the
/// address and why there is nothing.
using TextFetcher = std::variant<std::string, std::string> (*)(const std::string& url);

/// Lets commands take the address of a schedule where they take its file; before run(), likewise.
void register_text_fetcher(TextFetcher fetcher);

/// Does so before main(), as a static object.
class TextFetcherRegistration {
 public:
  explicit TextFetcherRegistration(TextFetcher fetcher) { register_text_fetcher(fetcher); }
};

}  // namespace racelab
