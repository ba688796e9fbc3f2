#include <gtest/gtest.h>

#include <sim/gtest.hpp>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  sim::init_testing(&argc, argv);
  return RUN_ALL_TESTS();
}
