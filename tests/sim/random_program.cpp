#include <tests/sim/random_program.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <utility>

#include <fmt/format.h>

#include <sim/check.hpp>
#include <sim/invariant.hpp>
#include <sim/sync.hpp>

namespace sim::test {
namespace {

using Kind = RandomOperation::Kind;

constexpr std::size_t kVariables = 3;
constexpr std::size_t kMutexes = 2;
constexpr std::size_t kTopTasks = 3;  ///< number of tasks that the test body makes; the others are
                                      ///< made by spawn

struct World {
  std::array<atomic<int>, kVariables> variables;
  std::array<timed_mutex, kMutexes> mutexes;
  condition_variable condition;
  condition_variable_any any;
  shared_timed_mutex shared;
  counting_semaphore<4> semaphore{1};
  latch gate{2};
  stop_source stop;
  once_flag once;
  channel<int> numbers{1};
  barrier<std::function<void()>> meeting{2, [this] { variables[kVariables - 1].fetch_add(1); }};
};

class Runner {
 public:
  Runner(const RandomProgram& program, World& world, std::size_t index)
      : program_(program), world_(world), index_(index) {}

  void run() {
    for (const RandomOperation& operation : program_.tasks[index_]) {
      if (std::exchange(skip_, false)) continue;
      execute(operation);
    }
    for (thread& child : children_) child.join();
  }

 private:
  void execute(const RandomOperation& operation) {
    atomic<int>& variable = world_.variables.at(operation.object % kVariables);
    const std::size_t lock = operation.object % kMutexes;
    timed_mutex& m = world_.mutexes.at(lock);
    switch (operation.kind) {
      case Kind::load:
        value_ = variable.load();
        break;
      case Kind::store:
        variable.store(operation.number);
        break;
      case Kind::store_next:
        variable.store(value_ + 1);
        break;
      case Kind::add:
        value_ = variable.fetch_add(operation.number);
        break;
      case Kind::compare: {
        int expected = operation.number;
        value_ = variable.compare_exchange_strong(expected, operation.number + 1) ? 1 : 0;
        break;
      }
      case Kind::lock:
        if (!holds_.at(lock)) m.lock();
        holds_.at(lock) = true;
        break;
      case Kind::try_lock:
        if (!holds_.at(lock)) value_ = (holds_.at(lock) = m.try_lock()) ? 1 : 0;
        break;
      case Kind::unlock:
        if (holds_.at(lock)) m.unlock();
        holds_.at(lock) = false;
        break;
      case Kind::misuse:
        if (!holds_.at(lock)) m.unlock();
        break;
      case Kind::check:
        SIM_ASSERT(value_ == operation.number);
        break;
      case Kind::choose:
        value_ = static_cast<int>(choose(2U + operation.number % 2U));
        break;
      case Kind::if_value:
        skip_ = value_ != operation.number;
        break;
      case Kind::spawn:
        spawn(operation.object);
        break;
      default:
        execute_waiting(operation, variable, m, lock);
    }
  }

  void execute_waiting(const RandomOperation& operation, atomic<int>& variable, timed_mutex& m,
                       std::size_t lock) {
    switch (operation.kind) {
      case Kind::wait:
        if (holds_.at(lock)) {
          std::unique_lock<mutex> held{m, std::adopt_lock};
          world_.condition.wait(held);
          held.release();
        }
        break;
      case Kind::notify_one:
        world_.condition.notify_one();
        break;
      case Kind::notify_all:
        world_.condition.notify_all();
        break;
      case Kind::wait_value:
        variable.wait(operation.number);
        break;
      case Kind::notify_one_value:
        variable.notify_one();
        break;
      case Kind::notify_all_value:
        variable.notify_all();
        break;
      case Kind::acquire:
        world_.semaphore.acquire();
        break;
      case Kind::try_acquire:
        value_ = world_.semaphore.try_acquire() ? 1 : 0;
        break;
      case Kind::release:
        world_.semaphore.release(1 + operation.number);
        break;
      case Kind::count_down:
        world_.gate.count_down();
        break;
      case Kind::await_latch:
        world_.gate.wait();
        break;
      case Kind::try_await_latch:
        value_ = world_.gate.try_wait() ? 1 : 0;
        break;
      case Kind::meet:
        world_.meeting.arrive_and_wait();
        break;
      case Kind::drop:
        world_.meeting.arrive_and_drop();
        break;
      default:
        execute_timed(operation, variable, m, lock);
    }
  }

  void execute_timed(const RandomOperation& operation, atomic<int>& variable, timed_mutex& m,
                     std::size_t lock) {
    const std::chrono::milliseconds time{1 + operation.number};
    const auto wanted = [&operation](int value) { return value == operation.number; };
    switch (operation.kind) {
      case Kind::sleep:
        this_thread::sleep_for(time);
        break;
      case Kind::now:
        value_ = steady_clock::now().time_since_epoch() >= time ? 1 : 0;
        break;
      case Kind::try_lock_for:
        if (!holds_.at(lock)) value_ = (holds_.at(lock) = m.try_lock_for(time)) ? 1 : 0;
        break;
      case Kind::try_acquire_for:
        value_ = world_.semaphore.try_acquire_for(time) ? 1 : 0;
        break;
      case Kind::wait_for:
        if (holds_.at(lock)) {
          std::unique_lock<mutex> held{m, std::adopt_lock};
          value_ = world_.condition.wait_for(held, time) == cv_status::timeout ? 1 : 0;
          held.release();
        }
        break;
      case Kind::await_value:
        value_ = await(variable, wanted);
        break;
      case Kind::await_for:
        value_ = await_for(variable, wanted, time) ? 1 : 0;
        break;
      case Kind::compare_weak: {
        int expected = operation.number;
        value_ = variable.compare_exchange_weak(expected, operation.number + 1) ? 1 : 0;
        break;
      }
      default:
        execute_rare(operation, variable, m, lock);
    }
  }

  void execute_rare(const RandomOperation& operation, atomic<int>& variable, mutex& m,
                    std::size_t lock) {
    switch (operation.kind) {
      case Kind::wait_or_stop:
        if (holds_.at(lock)) {
          std::unique_lock<mutex> held{m, std::adopt_lock};
          const auto wanted = [&] { return variable.load() == operation.number; };
          value_ = world_.any.wait(held, world_.stop.get_token(), wanted) ? 1 : 0;
          held.release();
        }
        break;
      case Kind::request_stop:
        value_ = world_.stop.request_stop() ? 1 : 0;
        break;
      case Kind::at_stop:
        if (!at_stop_) at_stop_.emplace(world_.stop.get_token(), [&variable] { variable += 1; });
        break;
      case Kind::call_once:
        call_once(world_.once, [&] { value_ = variable.fetch_add(1); });
        break;
      case Kind::send:
        value_ = world_.numbers.send(operation.number) ? 1 : 0;
        break;
      case Kind::receive:
        value_ = world_.numbers.receive().value_or(2);
        break;
      case Kind::try_send:
        value_ = world_.numbers.try_send(operation.number) ? 1 : 0;
        break;
      case Kind::try_receive:
        value_ = world_.numbers.try_receive().value_or(2);
        break;
      case Kind::close:
        world_.numbers.close();
        break;
      default:
        execute_shared(operation);
    }
  }

  void execute_shared(const RandomOperation& operation) {
    const Kind kind = operation.kind;
    const std::chrono::milliseconds time{1 + operation.number};
    shared_timed_mutex& m = world_.shared;
    if (kind == Kind::notify_any) return world_.any.notify_one();
    if (kind == Kind::unlock_exclusively && std::exchange(has_, Has::nothing) == Has::all) {
      return m.unlock();
    }
    if (kind == Kind::unlock_shared && std::exchange(has_, Has::nothing) == Has::part) {
      return m.unlock_shared();
    }
    if (kind == Kind::wait_shared && has_ == Has::part) {
      std::shared_lock held{m, std::adopt_lock};
      world_.any.wait(held);
      held.release();
    }
    if (has_ != Has::nothing) return;
    if (kind == Kind::lock_exclusively) m.lock();
    if (kind == Kind::lock_shared) m.lock_shared();
    const bool all =
        kind == Kind::lock_exclusively || (kind == Kind::try_lock_exclusively && m.try_lock());
    const bool part = kind == Kind::lock_shared ||
                      (kind == Kind::try_lock_shared && m.try_lock_shared()) ||
                      (kind == Kind::try_lock_shared_for && m.try_lock_shared_for(time));
    has_ = all ? Has::all : part ? Has::part : Has::nothing;
    value_ = all || part ? 1 : 0;
  }

  void spawn(std::size_t offset) {
    const std::size_t child = std::max(index_ + 1, kTopTasks) + offset;
    if (child >= program_.tasks.size() || children_.size() == 2) return;
    children_.emplace_back([this, child] { Runner{program_, world_, child}.run(); });
  }

  const RandomProgram& program_;
  World& world_;
  std::size_t index_;
  int value_ = 0;
  bool skip_ = false;
  std::array<bool, kMutexes> holds_{};
  enum class Has : std::uint8_t {
    nothing,
    part,
    all
  } has_ = Has::nothing;  ///< how the task holds the shared mutex
  std::optional<stop_callback<std::function<void()>>> at_stop_;
  std::list<thread> children_;
};

std::string task_path(const std::vector<std::string>& paths, TaskId task) {
  return paths.at(index_of(task));
}

}  // namespace

Body RandomProgram::body() const {
  return [this] {
    World world;
    std::optional<Invariant> both;
    if (invariant) {
      auto& a = world.variables[0];
      auto& b = world.variables[1];
      // The mutex does not change the invariant's value, but its operations do not commute with the
      // others.
      both.emplace("not both are 1", std::vector{a.id(), b.id(), world.mutexes[0].id()},
                   [&a, &b] { return a.peek() != 1 || b.peek() != 1; });
    }
    std::list<thread> threads;
    for (std::size_t i = 0; i < std::min(tasks.size(), kTopTasks); ++i) {
      threads.emplace_back([this, &world, i] { Runner{*this, world, i}.run(); });
      if (body_steps) world.variables[i % kVariables].fetch_add(1);
    }
    for (thread& task : threads) task.join();
  };
}

std::ostream& operator<<(std::ostream& out, const RandomProgram& program) {
  static constexpr std::array kWords{"load",
                                     "store",
                                     "store_next",
                                     "add",
                                     "compare",
                                     "lock",
                                     "try_lock",
                                     "unlock",
                                     "misuse",
                                     "check",
                                     "choose",
                                     "if_value",
                                     "spawn",
                                     "wait",
                                     "notify_one",
                                     "notify_all",
                                     "wait_value",
                                     "notify_one_value",
                                     "notify_all_value",
                                     "lock_exclusively",
                                     "try_lock_exclusively",
                                     "unlock_exclusively",
                                     "lock_shared",
                                     "try_lock_shared",
                                     "unlock_shared",
                                     "wait_shared",
                                     "notify_any",
                                     "acquire",
                                     "try_acquire",
                                     "release",
                                     "count_down",
                                     "await_latch",
                                     "try_await_latch",
                                     "meet",
                                     "drop",
                                     "sleep",
                                     "now",
                                     "try_lock_for",
                                     "try_lock_shared_for",
                                     "try_acquire_for",
                                     "wait_for",
                                     "await_value",
                                     "await_for",
                                     "compare_weak",
                                     "wait_or_stop",
                                     "request_stop",
                                     "at_stop",
                                     "call_once",
                                     "send",
                                     "receive",
                                     "try_send",
                                     "try_receive",
                                     "close"};
  out << (program.invariant ? "with an invariant" : "")
      << (program.body_steps ? ", the test body makes steps\n" : "\n");
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    out << "task " << i << ":";
    for (const RandomOperation& operation : program.tasks[i]) {
      out << ' ' << kWords.at(static_cast<std::size_t>(operation.kind)) << '('
          << int{operation.object} << ',' << int{operation.number} << ')';
    }
    out << '\n';
  }
  return out;
}

namespace {

struct Access {
  ObjectId object;
  bool writes;
};

/// The objects that an operation touches, as docs/model.md defines them.
std::vector<Access> accesses(const TraceEntry& entry) {
  switch (entry.kind) {
    case OperationKind::load:
    case OperationKind::await:
    case OperationKind::await_value:
      return {{entry.object, false}};
    case OperationKind::await_value_until:
      return {{entry.object, false}, {kClock, true}};
    case OperationKind::try_lock_until:
    case OperationKind::try_lock_shared_until:
    case OperationKind::try_acquire_until:
    case OperationKind::end_wait_until:
      return {{entry.object, !entry.failed}, {kClock, true}};
    case OperationKind::wait:
      return {{entry.object, true}, {entry.released_mutex(), true}};
    case OperationKind::wait_value:
      return {{entry.object, false}, {queue_of(entry.object), true}};
    default:
      return {{entry.object, !entry.failed}};
  }
}

}  // namespace

std::string trace_text(const Engine& engine) {
  // For each event the set of events before it. An event is identified by its task's name and its
  // number within the task.
  const auto entries = engine.trace().entries();
  std::vector<std::string> paths{"0"};
  std::vector<std::set<std::size_t>> before(entries.size());
  std::map<TaskId, std::set<std::size_t>> tasks;
  std::map<TaskId, int> counts;
  std::map<TaskId, int> children;
  std::vector<std::string> names(entries.size());
  const auto jointly_observed = [&](ObjectId a, ObjectId b) {
    const auto sets = engine.trace().context().jointly_observed;
    return std::any_of(sets.begin(), sets.end(), [&](const auto& set) {
      return std::find(set.begin(), set.end(), a) != set.end() &&
             std::find(set.begin(), set.end(), b) != set.end();
    });
  };
  const auto object_name = [&](ObjectId id) {
    const std::string creator = sim::is_static(id) ? "static" : task_path(paths, creator_of(id));
    return fmt::format("{}#{}{}", creator, sim::ordinal_of(id), is_queue(id) ? "q" : "");
  };
  const auto dependent = [&](const TraceEntry& a, const TraceEntry& b) {
    for (const Access& mine : accesses(a)) {
      for (const Access& other : accesses(b)) {
        if (mine.object == other.object && (mine.writes || other.writes)) return true;
        if (mine.writes && other.writes && jointly_observed(mine.object, other.object)) return true;
      }
    }
    return false;
  };
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const TraceEntry& entry = entries[i];
    std::set<std::size_t>& mine = tasks[entry.task];
    if (entry.is_spawn()) {
      paths.push_back(fmt::format("{}.{}", task_path(paths, entry.task), ++children[entry.task]));
      tasks[entry.other_task()] = mine;
      continue;
    }
    if (entry.is_wake()) {
      const std::set<std::size_t>& notify = before[entry.notify_entry()];
      mine.insert(notify.begin(), notify.end());
      continue;
    }
    if (entry.is_join()) {
      const auto& other = tasks[entry.other_task()];
      mine.insert(other.begin(), other.end());
      continue;
    }
    for (std::size_t j = 0; entry.is_step() && j < i; ++j) {
      const TraceEntry& other = entries[j];
      if (!other.is_step()) continue;
      if (!dependent(entry, other)) continue;
      mine.insert(before[j].begin(), before[j].end());
    }
    mine.insert(i);
    before[i] = mine;
    names[i] = fmt::format("{}/{}", task_path(paths, entry.task), ++counts[entry.task]);
    std::set<std::string> needs;
    for (const std::size_t j : before[i]) needs.insert(names[j]);
    lines.push_back(fmt::format("{} {} {} {} {}:", names[i], static_cast<int>(entry.kind),
                                entry.is_step() ? object_name(entry.object) : "",
                                entry.failed ? "failed" : "", entry.raw_value));
    for (const std::string& need : needs) lines.back() += " " + need;
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace sim::test
