// Tests that ThreadSanitizer finds the same races on real threads as sim::var finds on tasks
// (tests/sim/var_test.cpp).

#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sim/sync.hpp>

#include <tests/sim/race_programs.hpp>
#include <tests/sim/sim_world.hpp>
#include <tests/tools/process.hpp>

namespace race {
void PrintTo(const Named& program, std::ostream* out) {
  *out << program.name;
}
}  // namespace race

namespace {

class ThreadSanitizer : public testing::TestWithParam<race::Named> {};

TEST_P(ThreadSanitizer, SeesARaceWhereThereIsOne) {
  const auto ended = racelab_test::run({RACE_PROGRAMS, GetParam().name}, {.directory = "."});
  if (GetParam().races && !GetParam().is_missed) {
    EXPECT_EQ(ended.code, 66);
    EXPECT_THAT(ended.err, testing::HasSubstr("WARNING: ThreadSanitizer: data race"));
  } else {
    EXPECT_EQ(ended.code, 0) << ended.err;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ThreadSanitizer,
                         testing::ValuesIn(race::Programs<sim::test::SimWorld>::all()),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
