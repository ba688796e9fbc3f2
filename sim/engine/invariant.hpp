#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/source_location.hpp>

namespace sim {

/// A property that must hold after every step of an execution, for as long as this object lives. It
/// belongs to the scope of the objects it reads, behind them. Made only inside an execution, else
/// UsageError.
///
/// A step is a visible operation together with the local code after it, up to the task's next
/// visible operation or its end: a task may put things right locally, as nobody can see between.
class Invariant {
 public:
  /// `name` is of static lifetime, as in "no account is negative". `objects` are all that `holds`
  /// reads: it is checked after the steps that write one of them. Where none are named it is
  /// checked after every step, on the states that are visited only. `holds` and `describe` (what is
  /// wrong, as in "alice = -600.00") read shared objects with peek(), which is no event.
  Invariant(const char* name, std::vector<ObjectId> objects, std::function<bool()> holds,
            std::function<std::string()> describe = {},
            SourceLocation where = SourceLocation::current());
  Invariant(const Invariant&) = delete;
  Invariant& operator=(const Invariant&) = delete;
  ~Invariant();

 private:
  friend class Engine;

  const char* name_;
  std::vector<ObjectId> objects_;
  std::function<bool()> holds_;
  std::function<std::string()> describe_;
};

}  // namespace sim
