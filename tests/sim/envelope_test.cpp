#include <sim/process/envelope.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include <sim/base/build_id.hpp>
#include <sim/sync.hpp>

namespace {

using sim::Envelope;

sim::Program program(int stores) {
  return {"stores", {}, [stores] {
            sim::atomic<int> x{0, "x"};
            sim::thread task{[&] {
              for (int i = 0; i < stores; ++i) x.store(i);
            }};
            task.join();
          }};
}

Envelope envelope_of(const sim::Program& program) {
  return make_envelope(program, {}, "1.2.3", "dpor", std::chrono::milliseconds{500});
}

TEST(Envelope, IsTheSameInEachProcessOfAProgram) {
  const Envelope one = envelope_of(program(2));
  EXPECT_EQ(one, envelope_of(program(2)));
  EXPECT_EQ(why_not(one, envelope_of(program(2))), "");
  EXPECT_EQ(one.executable, sim::executable_name());
  EXPECT_GE(sim::build_id().size(), 16U);
  EXPECT_EQ(sim::build_id(), one.build);
}

TEST(Envelope, SaysWhatDiffers) {
  const Envelope here = envelope_of(program(2));
  const auto refused = [&](const auto& change) {
    Envelope other = here;
    change(other);
    return why_not(other, here);
  };
  EXPECT_EQ(refused([](Envelope& it) { it.version = "1.0.0"; }),
            "it was made with racelab 1.0.0, and this is 1.2.3");
  EXPECT_EQ(refused([](Envelope& it) { it.executable = "queue_test"; }),
            "it was made with the program queue_test, and this is " + sim::executable_name());
  EXPECT_EQ(refused([](Envelope& it) { it.build = "0123"; }),
            "it is of another build of " + sim::executable_name() + ": explore it anew");
  EXPECT_EQ(refused([](Envelope& it) { it.scenario = "loads"; }),
            "it was made with the scenario loads, and this is stores");
  EXPECT_EQ(refused([](Envelope& it) { it.search = "bounded"; }),
            "it was made with the search bounded, and this is dpor");
  EXPECT_NE(refused([](Envelope& it) { ++it.tasks_max; }), "");
  EXPECT_NE(refused([](Envelope& it) { ++it.steps_max; }), "");
  EXPECT_NE(refused([](Envelope& it) { ++it.stack_bytes; }), "");
  EXPECT_NE(refused([](Envelope& it) { ++it.bounds.timeouts; }), "");
}

TEST(Envelope, ContainsTheStepsOfTheFirstExecution) {
  const std::string problem = why_not(envelope_of(program(3)), envelope_of(program(2)));
  EXPECT_NE(problem.find("the first execution of stores makes other steps here"), std::string::npos)
      << problem;
}

TEST(Envelope, IsMadeForProgramsThatCrashOrHang) {
  const sim::Program crash{"crash", {}, [] { std::abort(); }};
  EXPECT_EQ(envelope_of(crash), envelope_of(crash));
  const sim::Program hang{"hang", {}, [] {
                            for (volatile bool again = true; again;) {
                            }
                          }};
  EXPECT_EQ(envelope_of(hang).first_steps, envelope_of(crash).first_steps) << "no steps";
}

}  // namespace
