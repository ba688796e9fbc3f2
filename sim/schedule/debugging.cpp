#include <sim/schedule/debugging.hpp>

#include <csignal>

#include <sim/engine/engine.hpp>

racelab_task racelab_tasks[sim::kTasksMax];
std::size_t racelab_task_count = 0;

[[gnu::noinline, gnu::used]] void racelab_step(std::uint64_t step, const char* task,
                                               const char* operation) {
  // Keeps the call and its arguments, also in an optimized build.
  asm volatile("" : : "r"(step), "r"(task), "r"(operation) : "memory");
}

[[gnu::noinline, gnu::used]] void racelab_stop() {
#if defined(__x86_64__)
  asm volatile("int3");
#else
  ::raise(SIGTRAP);
#endif
}

namespace sim {

void DebugRecorder::fill_table(const Engine& engine) {
  racelab_task_count = engine.task_count();
  for (std::size_t i = 0; i < racelab_task_count; ++i) {
    const TaskId task = task_at(i);
    names_[i] = engine.task_name(task);
    doing_[i] = engine.has_ended(task) ? "has ended" : engine.describe(engine.pending_of(task));
    racelab_tasks[i] = {names_[i].c_str(), doing_[i].c_str(), engine.saved_registers_of(task)};
  }
}

void DebugRecorder::on_arrival(const Engine& engine, TaskId task) {
  ++step_;
  fill_table(engine);
  const std::string& name = names_[index_of(task)];
  racelab_step(step_, name.c_str(), doing_[index_of(task)].c_str());
  if (stops_.step == step_ || stops_.task == name) racelab_stop();
}

}  // namespace sim
