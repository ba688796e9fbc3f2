#include <sim/engine/failure_log.hpp>

#include <sim/base/hash.hpp>

namespace sim {

std::uint64_t group_of_literal(OutcomeKind kind, const char* literal, std::uint32_t line) {
  // Most failures of a search have the same literal as the one before.
  thread_local const char* last = nullptr;
  thread_local std::uint64_t last_hash = 0;
  if (literal != last) {
    last = literal;
    last_hash = hash_text(0, literal);
  }
  return hash_step(hash_step(static_cast<std::uint64_t>(kind), line), last_hash);
}

std::uint64_t group_of_place(OutcomeKind kind, SourceLocation where) {
  return hash_step(hash_text(static_cast<std::uint64_t>(kind), where.file_name()), where.line);
}

std::uint64_t group_of_exception(std::string_view what) {
  return hash_text(1, what);
}

}  // namespace sim
