#include <sim/search/measure.hpp>

#include <algorithm>

#include <sim/base/operation.hpp>
#include <sim/engine/executions.hpp>
#include <sim/search/random.hpp>

namespace sim {

void Meter::add(const Trace& trace) {
  const std::vector<std::size_t> tasks = meet_tasks(trace);
  Counts by_task;
  Counts by_object;
  std::map<std::pair<std::size_t, std::size_t>, Tally> accesses;
  std::uint32_t length = 0;
  for (const TraceEntry& entry : trace.entries()) {
    if (!entry.is_step()) continue;
    const std::size_t by = tasks[index_of(entry.task)];
    const std::size_t on = object(tasks, entry.object);
    ++length;
    ++by_task[by];
    ++by_object[on];
    Tally& access = accesses[{by, on}];
    ++access.steps;
    access.writes |= !only_reads(entry.kind);
  }
  ++executions_;
  length_ = std::max(length_, length);
  task_steps_.resize(tasks_.size());
  object_steps_.resize(objects_.size());
  take_larger(task_steps_, by_task);
  take_larger(object_steps_, by_object);
  for (const auto& [which, access] : accesses) {
    Tally& largest = accesses_[which];
    largest.steps = std::max(largest.steps, access.steps);
    largest.writes |= access.writes;
  }
}

/// Adds the tasks of `trace` to `tasks_`. Returns their indexes there, by TaskId.
std::vector<std::size_t> Meter::meet_tasks(const Trace& trace) {
  const auto tasks = trace.tasks();
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const Origin origin =
        i == 0 ? Origin{0, 0} : Origin{numbers[index_of(tasks[i].parent)], tasks[i].child_number};
    numbers.push_back(tasks_.try_emplace(origin, tasks_.size()).first->second);
  }
  return numbers;
}

std::size_t Meter::object(const std::vector<std::size_t>& tasks, ObjectId id) {
  const std::size_t creator =
      is_static(id) ? Measurement::kNoCreator : tasks[index_of(creator_of(id))];
  const Origin origin{creator, ordinal_of(id)};
  return objects_.try_emplace(origin, objects_.size()).first->second;
}

void Meter::take_larger(std::vector<std::uint32_t>& largest, const Counts& counts) {
  for (const auto& [which, count] : counts) largest[which] = std::max(largest[which], count);
}

Measurement Meter::result() const {
  Measurement measured;
  measured.length = length_;
  measured.tasks.resize(tasks_.size());
  measured.objects.resize(objects_.size());
  for (const auto& [origin, task] : tasks_) {
    measured.tasks[task] = {origin.first, origin.second, task_steps_[task], {}};
  }
  for (const auto& [origin, object] : objects_) {
    measured.objects[object] = {origin.first, origin.second, object_steps_[object]};
  }
  for (const auto& [which, access] : accesses_) {
    measured.tasks[which.first].accesses.push_back({which.second, access.steps, access.writes});
  }
  return measured;
}

// ---------------------------------------------------------------------------------------------
// The encoding: the numbers of executions and of steps, then tasks, objects and accesses.

void Meter::write(ByteWriter& out) const {
  const auto write_all = [&out](const std::map<Origin, std::size_t>& origins,
                                const std::vector<std::uint32_t>& steps) {
    std::vector<Origin> by_index(origins.size());
    for (const auto& [origin, index] : origins) by_index[index] = origin;
    out.number(by_index.size());
    for (std::size_t i = 0; i < by_index.size(); ++i) {
      // Static objects have no creator.
      out.number(by_index[i].first + 1);
      out.number(by_index[i].second);
      out.number(steps[i]);
    }
  };
  out.number(executions_);
  out.number(length_);
  write_all(tasks_, task_steps_);
  write_all(objects_, object_steps_);
  out.number(accesses_.size());
  for (const auto& [which, access] : accesses_) {
    out.number(which.first);
    out.number(which.second);
    out.number(access.steps);
    out.flag(access.writes);
  }
}

void Meter::read(ByteReader& in) {
  *this = {};
  read_all(in);
  if (!in.ok()) *this = {};
}

void Meter::read_all(ByteReader& in) {
  executions_ = in.number_up_to(kMeasuredExecutions);
  length_ = in.number32();
  const std::size_t tasks = in.count();
  for (std::size_t i = 0; i < tasks && in.ok(); ++i) {
    const std::size_t parent = in.number() - 1;
    const auto number = static_cast<std::uint32_t>(in.number_up_to(kTasksMax));
    task_steps_.push_back(in.number32());
    const bool fits = i == 0 ? parent == 0 && number == 0 : parent < i && number > 0;
    if (!fits || !tasks_.try_emplace({parent, number}, i).second) return in.fail();
  }
  const std::size_t objects = in.count();
  for (std::size_t i = 0; i < objects && in.ok(); ++i) {
    const std::size_t creator = in.number() - 1;
    const std::uint32_t ordinal = in.number32();
    object_steps_.push_back(in.number32());
    const bool fits = creator == Measurement::kNoCreator || creator < tasks;
    if (!fits || !objects_.try_emplace({creator, ordinal}, i).second) return in.fail();
  }
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::size_t task = in.number();
    const std::size_t object = in.number();
    const std::uint32_t steps = in.number32();
    accesses_[{task, object}] = {steps, in.flag()};
    if (task >= tasks || object >= objects) in.fail();
  }
  // Without an execution there is no task, not even the test body.
  if ((executions_ > 0) != (tasks > 0)) in.fail();
}

Measurement measure(const Program& program, const EngineOptions& options, std::uint64_t seed) {
  RandomStrategy strategy{seed};
  strategy.limit(0, kMeasuredExecutions);
  Engine engine{engine_options(options, program, strategy)};
  Executions executions{engine, program.body, strategy};
  Meter meter;
  while (executions.next()) meter.add(engine.trace());
  return meter.result();
}

}  // namespace sim
