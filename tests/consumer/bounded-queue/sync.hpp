#pragma once

#include <condition_variable>
#include <mutex>

/// What shared objects are made of: in the product, the standard library.
struct StdSync {
  using mutex = std::mutex;
  using condition_variable = std::condition_variable;
};
