#pragma once

// A property that must hold after every step of an execution. A test declares it after the objects
// it reads, in the same scope, so that it is destroyed first:
//   sim::Invariant positive{"balance is not negative", {x.id()}, [&] { return x.peek() >= 0; }};

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <sim/base/operation.hpp>
#include <sim/base/source_location.hpp>

namespace sim {

/// A property that must hold after every step, for as long as this object lives. Declare it after
/// the objects it reads, in the same scope, so that it is destroyed first.
///
/// A step is a visible operation together with the local code after it, up to the task's next
/// visible operation or its end. A task may repair the property within a step, because no other
/// task can see what is between.
class Invariant {
 public:
  /// `name` has static lifetime, as in "no account is negative". `objects` are all objects that
  /// `holds` reads: it is checked after the steps that write one of them. If `objects` is empty, it
  /// is checked after every step, but only on the states that the search visits. `describe` says
  /// what is wrong, as in "alice = -600.00". Both functions read shared objects with peek(), which
  /// is not a step. Throws UsageError outside an execution.
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
