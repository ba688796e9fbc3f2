#include <sim/process/outcome_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sim {
namespace {

/// T, or const T: members() below is used for reading and for writing.
template <class Value, class T>
concept Like = std::is_same_v<std::remove_const_t<Value>, T>;

// members() lists the members of each struct in the order of their encoding, for both directions.
// `codec` is a Writing or a Reading; it can be called with any number of members.

void members(auto& codec, Like<TaskRef> auto& task) {
  codec(task.id, task.name);
}
void members(auto& codec, Like<ObjectRef> auto& object) {
  codec(object.id, object.name);
}
void members(auto& codec, Like<SourceLine> auto& where) {
  codec(where.file, where.line);
}
void members(auto& codec, Like<Holder> auto& holder) {
  codec(holder.task, holder.ended);
}
void members(auto& codec, Like<WaitsToExecute> auto& wait) {
  codec(wait.operation, wait.label, wait.object, wait.held_by);
}
void members(auto& codec, Like<WaitsForNotification> auto& wait) {
  codec(wait.queue);
}
void members(auto& codec, Like<WaitsToJoin> auto& wait) {
  codec(wait.task);
}
void members(auto& codec, Like<WaitingTask> auto& task) {
  codec(task.task, task.waits_for);
}
void members(auto& codec, Like<FailedCheck> auto& check) {
  codec(check.literal, check.report, check.where, check.from);
}
void members(auto& codec, Like<TooManyTasks> auto& too_many) {
  codec(too_many.tasks_max);
}
void members(auto& codec, Like<RacingAccess> auto& access) {
  codec(access.task, access.writes, access.action, access.where);
}
void members(auto& codec, Like<Spin> auto& spin) {
  codec(spin.task, spin.object);
}
void members(auto& codec, Like<CrashCause> auto& cause) {
  codec(cause.how, cause.number);
}
void members(auto&, Like<std::monostate> auto&) {}
void members(auto& codec, Like<AssertionFailure> auto& failure) {
  codec(failure.check);
}
void members(auto& codec, Like<InvariantViolation> auto& violation) {
  codec(violation.name, violation.detail);
}
void members(auto& codec, Like<Deadlock> auto& deadlock) {
  codec(deadlock.tasks, deadlock.others);
}
void members(auto& codec, Like<StepBound> auto& bound) {
  codec(bound.steps_max, bound.spins);
}
void members(auto& codec, Like<Misuse> auto& misuse) {
  codec(misuse.reason);
}
void members(auto& codec, Like<DataRace> auto& race) {
  codec(race.variable, race.earlier, race.later);
}
void members(auto& codec, Like<CodeAddress> auto& address) {
  codec(address.module, address.offset);
}
void members(auto& codec, Like<UseAfterDestruction> auto& use) {
  codec(use.object, use.user, use.use, use.waited, use.destroyer, use.accessed_at, use.used_from,
        use.destroyed_from, use.made_at);
}
void members(auto& codec, Like<UncaughtException> auto& exception) {
  codec(exception.what, exception.where, exception.function);
}
void members(auto& codec, Like<Crash> auto& crash) {
  codec(crash.cause, crash.task);
}
void members(auto& codec, Like<Hang> auto& hang) {
  codec(hang.task, hang.blocked_in, hang.call, hang.function);
}
void members(auto& codec, Like<Outcome> auto& outcome) {
  codec(outcome.kind, outcome.facts, outcome.group, outcome.task);
}

/// Appends values to bytes.
class Writing {
 public:
  explicit Writing(ByteWriter& bytes) : bytes_(bytes) {}

  template <class... Values>
  void operator()(const Values&... values) {
    (one(values), ...);
  }

 private:
  template <class T>
  void one(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      bytes_.enumerator(value);
    } else if constexpr (std::is_integral_v<T>) {
      bytes_.number(static_cast<std::uint64_t>(value));
    } else {
      members(*this, value);
    }
  }
  void one(const std::string& text) { bytes_.text(text); }
  template <class T>
  void one(const std::optional<T>& value) {
    bytes_.flag(value.has_value());
    if (value) one(*value);
  }
  template <class T>
  void one(const std::vector<T>& values) {
    bytes_.number(values.size());
    for (const T& value : values) one(value);
  }
  template <class... Alternatives>
  void one(const std::variant<Alternatives...>& value) {
    bytes_.number(value.index());
    std::visit([this](const auto& alternative) { this->one(alternative); }, value);
  }

  ByteWriter& bytes_;
};

constexpr OutcomeKind last_of(OutcomeKind) {
  return OutcomeKind::use_after_destruction;
}
constexpr OperationKind last_of(OperationKind) {
  return static_cast<OperationKind>(kOperationKinds - 1);
}
constexpr CrashCause::How last_of(CrashCause::How) {
  return CrashCause::How::stack_overflow;
}
constexpr BlockedIn last_of(BlockedIn) {
  return BlockedIn::unknown;
}
constexpr TaskId last_of(TaskId) {
  return task_at(kTasksMax - 1);
}
constexpr ObjectId last_of(ObjectId) {
  return ObjectId{UINT32_MAX};
}

/// Reads values from bytes.
class Reading {
 public:
  explicit Reading(ByteReader& bytes) : bytes_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (one(values), ...);
  }

 private:
  template <class T>
  void one(T& value) {
    if constexpr (std::is_enum_v<T>) {
      value = bytes_.enumerator(last_of(T{}));
    } else if constexpr (std::is_same_v<T, bool>) {
      value = bytes_.flag();
    } else if constexpr (sizeof(T) <= sizeof(std::uint32_t) && std::is_integral_v<T>) {
      value = static_cast<T>(bytes_.number32());
    } else if constexpr (std::is_integral_v<T>) {
      value = bytes_.number();
    } else {
      members(*this, value);
    }
  }
  void one(std::string& text) { text = bytes_.text(); }
  template <class T>
  void one(std::optional<T>& value) {
    if (bytes_.flag()) one(value.emplace());
  }
  template <class T>
  void one(std::vector<T>& values) {
    for (std::size_t left = bytes_.count(); left > 0 && bytes_.ok(); --left) {
      one(values.emplace_back());
    }
  }
  template <class... Alternatives>
  void one(std::variant<Alternatives...>& value) {
    std::uint64_t index = bytes_.number_up_to(sizeof...(Alternatives) - 1);
    const auto read_if_its_turn = [&](auto alternative) {
      if (index-- == 0) one(value.template emplace<decltype(alternative)>());
    };
    (read_if_its_turn(Alternatives{}), ...);
  }

  ByteReader& bytes_;
};

/// Whether the facts are of the struct that belongs to the outcome's kind, or absent.
bool fits_its_kind(const Outcome& outcome) {
  return std::visit(
      [&](const auto& facts) {
        using Facts = std::remove_cvref_t<decltype(facts)>;
        if constexpr (std::is_same_v<Facts, std::monostate>) {
          return true;
        } else {
          return Facts::kKind == outcome.kind;
        }
      },
      outcome.facts);
}

}  // namespace

void write(ByteWriter& bytes, const Outcome& outcome) {
  Writing{bytes}(outcome);
}

Outcome read_outcome(ByteReader& bytes) {
  Outcome outcome;
  Reading{bytes}(outcome);
  if (!fits_its_kind(outcome)) bytes.fail();
  return outcome;
}

}  // namespace sim
